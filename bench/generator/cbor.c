#include "cbor.h"

#include "buffer.h"

#include <string.h>

enum { IN_HEAD = 23, IN_1_BYTE = 24, IN_8_BYTES = 27 };

static const uint8_t *take(struct cbor *cbor, size_t length) {
    if ((size_t)(cbor->end - cbor->at) < length)
        give_up("a message ends too early");
    cbor->at += length;
    return cbor->at - length;
}

enum cbor_major cbor_head(struct cbor *cbor, uint64_t *number) {
    uint8_t first = *take(cbor, 1);
    uint8_t low = first & 0x1f;
    *number = low;
    if (low > IN_8_BYTES)
        give_up("an item of CBOR that begins with %#x", first);
    if (low >= IN_1_BYTE) {
        size_t length = (size_t)1 << (low - IN_1_BYTE);
        const uint8_t *bytes = take(cbor, length);
        *number = 0;
        for (size_t i = 0; i < length; i++)
            *number = *number << 8 | bytes[i];
    }
    return first >> 5;
}

uint64_t cbor_expect(struct cbor *cbor, enum cbor_major major) {
    uint64_t number;
    enum cbor_major found = cbor_head(cbor, &number);
    if (found != major)
        give_up("CBOR of major type %d where %d was expected", found, major);
    return number;
}

const uint8_t *cbor_string(struct cbor *cbor, enum cbor_major major, size_t *length) {
    *length = cbor_expect(cbor, major);
    return take(cbor, *length);
}

void cbor_skip(struct cbor *cbor) {
    for (uint64_t left = 1; left; left--) {
        uint64_t number;
        switch (cbor_head(cbor, &number)) {
        case BYTES:
        case TEXT_STRING:
            take(cbor, number);
            break;
        case ARRAY:
            left += number;
            break;
        case MAP:
            left += 2 * number;
            break;
        case TAG:
            left += 1;
            break;
        default:
            break;
        }
    }
}

uint8_t *cbor_put(uint8_t *at, enum cbor_major major, uint64_t number) {
    uint8_t first = (uint8_t)(major << 5);
    if (number <= IN_HEAD) {
        *at++ = first | (uint8_t)number;
        return at;
    }
    uint8_t low = IN_1_BYTE;
    while (low < IN_8_BYTES && number >> (8u << (low - IN_1_BYTE)))
        low++;
    *at++ = first | low;
    for (int shift = (8 << (low - IN_1_BYTE)) - 8; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(number >> shift);
    return at;
}

uint8_t *cbor_put_text(uint8_t *at, const char *text) {
    size_t length = strlen(text);
    at = cbor_put(at, TEXT_STRING, length);
    memcpy(at, text, length);
    return at + length;
}
