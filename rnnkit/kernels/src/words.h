/* Word tokenization, for tokenizers whose rules can be expressed as a class for each UTF-8 byte. */
#ifndef WORDS_H
#define WORDS_H

#include "rnnkit.h"

/* The class of a byte. A word consists of letters, with single joiners between two of them. */
enum rnnkit_byte { SPACE, LETTER, JOINER, MARK };

typedef struct {
    int64_t count;          /* words of the vocabulary */
    const char *words;      /* concatenated */
    const int64_t *ends;    /* (count): where each ends */
    const int32_t *ids;     /* (count) */
    const uint8_t *written; /* (256): each byte as the vocabulary writes it (lower case) */
    const uint8_t *classes; /* (256): the `enum rnnkit_byte` of each written byte */
    int32_t unknown;
    int32_t marks; /* whether a joiner outside a word is a mark; else it is a space */
} rnnkit_vocabulary;

/* A hash table of the words; NULL if there is not enough memory. */
RNNKIT_PUBLIC void *rnnkit_words_new(const rnnkit_vocabulary *vocabulary);
RNNKIT_PUBLIC void rnnkit_words_free(void *words);

/* Writes the ids of all texts to `ids`, and the number of each text's to `counts`. The texts are
 * concatenated in `text`, which is changed, and end at `ends`. A text has at most one id per
 * byte. */
RNNKIT_PUBLIC void rnnkit_words_encode(const void *words, char *text, const int64_t *ends,
                                       int64_t texts, int32_t *ids, int64_t *counts);

#endif
