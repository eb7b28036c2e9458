/* Which instruction sets this processor runs.
 *
 * From cpuid and xgetbv, since __builtin_cpu_supports finds none where Zig links its own runtime.
 * xgetbv tells whether the operating system saves the wide registers. */
#include <stddef.h>

#include "plan.h"

#if defined(__x86_64__)
#include <cpuid.h>

extern const instruction_set_t rnnkit_avx512, rnnkit_avx2, rnnkit_baseline;

static uint32_t kept_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int runs_avx2(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    if (!(c & bit_OSXSAVE) || !(c & bit_AVX) || !(c & bit_FMA)) return 0;
    if ((kept_registers() & 0x06) != 0x06) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2);
}

static int runs_avx512(void) {
    uint32_t a, b, c, d, needed = bit_AVX512F | bit_AVX512DQ | bit_AVX512VL | bit_AVX512BW;
    if (!runs_avx2() || (kept_registers() & 0xe6) != 0xe6) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & needed) == needed;
}

static const instruction_set_t *sets[4] = {&rnnkit_baseline};

static void find_sets(void) {
    int count = 0;
    if (runs_avx512()) sets[count++] = &rnnkit_avx512;
    if (runs_avx2()) sets[count++] = &rnnkit_avx2;
    sets[count] = &rnnkit_baseline;
}

#else

extern const instruction_set_t rnnkit_baseline; /* on arm64 that is NEON */
static const instruction_set_t *sets[4] = {&rnnkit_baseline};
static void find_sets(void) {}

#endif

const instruction_set_t *rnnkit_used = &rnnkit_baseline;

__attribute__((constructor)) static void choose(void) {
    find_sets();
    rnnkit_used = sets[0];
}

int64_t rnnkit_abi(void) { return RNNKIT_ABI; }

const char *rnnkit_instruction_set(int64_t index) {
    if (index < 0 || index > 3 || !sets[index]) return NULL;
    return sets[index]->name;
}

void rnnkit_use(int64_t index) {
    rnnkit_lock();
    if (rnnkit_instruction_set(index)) rnnkit_used = sets[index];
    rnnkit_unlock();
}
