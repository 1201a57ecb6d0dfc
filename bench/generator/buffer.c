#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 256 };

uint8_t *buffer_room(struct buffer *buffer, size_t length) {
    if (buffer->end + length <= buffer->size)
        return buffer->bytes + buffer->end;
    size_t used = buffer_length(buffer);
    if (buffer->start)
        memmove(buffer->bytes, buffer->bytes + buffer->start, used);
    buffer->start = 0;
    buffer->end = used;
    size_t size = buffer->size ? buffer->size : SMALLEST;
    while (size < used + length)
        size *= 2;
    if (size != buffer->size) {
        buffer->bytes = realloc(buffer->bytes, size);
        if (!buffer->bytes)
            give_up("no memory for %zu bytes", size);
        buffer->size = size;
    }
    return buffer->bytes + buffer->end;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length) {
    memcpy(buffer_room(buffer, length), bytes, length);
    buffer->end += length;
}

void buffer_use(struct buffer *buffer, size_t length) {
    buffer->start += length;
    if (buffer->start == buffer->end)
        buffer->start = buffer->end = 0;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

void give_up(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("generator: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(1);
}
