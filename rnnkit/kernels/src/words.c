#include <stdlib.h>
#include <string.h>

#include "words.h"

typedef struct {
    uint64_t hash;
    int64_t start; /* of the word in `words` */
    int32_t length, id; /* length 0: a free place */
} entry_t;

typedef struct {
    char *words;
    entry_t *entries;
    uint64_t mask; /* places - 1, a power of two less one */
    int32_t unknown, marks;
    uint8_t written[256], classes[256];
} table_t;

/* FNV-1a, eight bytes at a time. */
static uint64_t hash_of(const char *word, int64_t length) {
    uint64_t hash = 14695981039346656037u ^ (uint64_t)length, part;
    for (; length >= 8; word += 8, length -= 8) {
        memcpy(&part, word, 8);
        hash = (hash ^ part) * 1099511628211u;
        hash ^= hash >> 32;
    }
    for (part = 0; length > 0; length--) part = part << 8 | (uint8_t)word[length - 1];
    hash = (hash ^ part) * 1099511628211u;
    return hash ^ hash >> 29;
}

static entry_t *place_of(const table_t *table, const char *word, int64_t length, uint64_t hash) {
    for (uint64_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        entry_t *entry = &table->entries[at];
        if (!entry->length) return entry;
        if (entry->hash == hash && entry->length == length &&
            !memcmp(table->words + entry->start, word, length))
            return entry;
    }
}

void rnnkit_words_free(void *words) {
    table_t *table = words;
    if (!table) return;
    free(table->words);
    free(table->entries);
    free(table);
}

void *rnnkit_words_new(const rnnkit_vocabulary *vocabulary) {
    int64_t count = vocabulary->count, bytes = count ? vocabulary->ends[count - 1] : 0;
    uint64_t places = 16;
    while (places < 2 * (uint64_t)count) places *= 2;
    table_t *table = calloc(1, sizeof *table);
    if (!table) return NULL;
    table->words = malloc(bytes + 1);
    table->entries = calloc(places, sizeof *table->entries);
    if (!table->words || !table->entries) {
        rnnkit_words_free(table);
        return NULL;
    }
    memcpy(table->words, vocabulary->words, bytes);
    memcpy(table->written, vocabulary->written, 256);
    memcpy(table->classes, vocabulary->classes, 256);
    table->mask = places - 1;
    table->unknown = vocabulary->unknown;
    table->marks = vocabulary->marks;
    for (int64_t index = 0, start = 0; index < count; start = vocabulary->ends[index++]) {
        int64_t length = vocabulary->ends[index] - start;
        if (!length) continue; /* no text has it */
        uint64_t hash = hash_of(table->words + start, length);
        entry_t *entry = place_of(table, table->words + start, length, hash);
        *entry = (entry_t){hash, start, (int32_t)length, vocabulary->ids[index]};
    }
    return table;
}

static int32_t id_of(const table_t *table, const char *word, int64_t length) {
    const entry_t *entry = place_of(table, word, length, hash_of(word, length));
    return entry->length ? entry->id : table->unknown;
}

/* The byte after the word that begins at a letter. */
static const char *end_of_word(const table_t *table, const char *at, const char *end) {
    const uint8_t *classes = table->classes;
    for (at++; at < end; at++) {
        uint8_t class = classes[(uint8_t)*at];
        if (class == LETTER) continue;
        if (class != JOINER || at + 1 == end || classes[(uint8_t)at[1]] != LETTER) break;
    }
    return at;
}

void rnnkit_words_encode(const void *words, char *text, const int64_t *ends, int64_t texts,
                         int32_t *ids, int64_t *counts) {
    const table_t *table = words;
    char *at = text;
    for (int64_t index = 0; index < texts; index++) {
        const char *end = text + ends[index];
        int32_t *first = ids;
        for (char *byte = at; byte < end; byte++) *byte = (char)table->written[(uint8_t)*byte];
        while (at < end) {
            uint8_t class = table->classes[(uint8_t)*at];
            const char *after = at + 1;
            if (class == LETTER) after = end_of_word(table, at, end);
            if (class == LETTER || class == MARK || (class == JOINER && table->marks))
                *ids++ = id_of(table, at, after - at);
            at = (char *)after;
        }
        counts[index] = ids - first;
    }
}
