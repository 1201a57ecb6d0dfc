/* Bytes that grow at their end and are used up at their beginning. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *bytes;
    size_t start, end, size;
};

/* Returns room for so many bytes at the end; they count from when they are added. */
uint8_t *buffer_room(struct buffer *buffer, size_t length);

/* Copies bytes to the end. */
void buffer_add(struct buffer *buffer, const void *bytes, size_t length);

/* Forgets bytes at the beginning. */
void buffer_use(struct buffer *buffer, size_t length);

/* Forgets everything. */
void buffer_free(struct buffer *buffer);

static inline size_t buffer_length(const struct buffer *buffer) {
    return buffer->end - buffer->start;
}

/* Ends the generator with a sentence, as printf has it: what is measured wrong is worse than nothing. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
