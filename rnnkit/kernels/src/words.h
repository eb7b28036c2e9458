/* Words to ids, for tokenizers whose rules come to a class for each byte of UTF-8. */
#ifndef WORDS_H
#define WORDS_H

#include "rnnkit.h"

/* What a byte is: a word is letters, with single joiners between two of them. */
enum rnnkit_byte { SPACE, LETTER, JOINER, MARK };

typedef struct {
    int64_t count;          /* words of the vocabulary */
    const char *words;      /* one after the other */
    const int64_t *ends;    /* (count): where each ends */
    const int32_t *ids;     /* (count) */
    const uint8_t *written; /* (256): each byte as the vocabulary has it */
    const uint8_t *classes; /* (256): of `enum rnnkit_byte`, by the byte after `written` */
    int32_t unknown;
    int32_t marks; /* whether a joiner outside words is a mark, else it is a space */
} rnnkit_vocabulary;

/* A table to look words up in; NULL where there is not enough memory. */
RNNKIT_PUBLIC void *rnnkit_words_new(const rnnkit_vocabulary *vocabulary);
RNNKIT_PUBLIC void rnnkit_words_free(void *words);

/* Writes the ids of `texts` texts, which end at `ends` in `text` and are changed there, one text
 * after the other, and how many each has. A text has at most as many as it has bytes. */
RNNKIT_PUBLIC void rnnkit_words_encode(const void *words, char *text, const int64_t *ends,
                                       int64_t texts, int32_t *ids, int64_t *counts);

#endif
