/* As much of CBOR (RFC 8949) as reading greennow's messages takes: definite lengths only. */
#ifndef CBOR_H
#define CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cbor_major { UNSIGNED, NEGATIVE, BYTES, TEXT_STRING, ARRAY, MAP, TAG, SIMPLE };

/* Where in a message we are; reading past its end gives up. */
struct cbor {
    const uint8_t *at, *end;
};

/* Reads the head of an item: its major type and the number with it. */
enum cbor_major cbor_head(struct cbor *cbor, uint64_t *number);

/* The same, of an item that has to be of this type; returns its number. */
uint64_t cbor_expect(struct cbor *cbor, enum cbor_major major);

/* Reads a string that has to be there; returns where its bytes begin. */
const uint8_t *cbor_string(struct cbor *cbor, enum cbor_major major, size_t *length);

/* Passes over an item with all that is in it. */
void cbor_skip(struct cbor *cbor);

/* Write the head of an item, or a text; return where to write next. */
uint8_t *cbor_put(uint8_t *at, enum cbor_major major, uint64_t number);
uint8_t *cbor_put_text(uint8_t *at, const char *text);

#endif
