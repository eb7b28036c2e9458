/* A pool of threads. They sleep between two calls, so as not to compete with TensorFlow's pool or
 * JAX's, and spin between the phases of a call: waking a thread of a virtual machine takes as long
 * as a small phase.
 *
 * Workers take items from a counter, so which of them computes an item is chance; no result may
 * depend on it. A forked child process starts its own pool. */
#include "plan.h"

#if defined(_WIN32)

#include <windows.h>

/* Windows has no pthreads: one thread computes, one call at a time. */
static SRWLOCK call_lock = SRWLOCK_INIT;
void rnnkit_lock(void) { AcquireSRWLockExclusive(&call_lock); }
void rnnkit_unlock(void) { ReleaseSRWLockExclusive(&call_lock); }
void rnnkit_yield(void) { SwitchToThread(); }
void rnnkit_parallel(work_t *work, void *context, int64_t items, int64_t threads) {
    (void)threads;
    for (int64_t item = 0; item < items; item++) work(context, item, 0);
}

#else

#include <pthread.h>
#include <stdatomic.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>

static pthread_mutex_t call_lock = PTHREAD_MUTEX_INITIALIZER; /* one call at a time */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;      /* of all below */
static pthread_cond_t has_work = PTHREAD_COND_INITIALIZER;
static int64_t started, wanted; /* `wanted`: helpers that may join the round */
static atomic_llong busy, round_number;
static atomic_bool is_called;

static work_t *work_now;
static void *context_now;
static int64_t items_now;
static atomic_llong next_item;

INLINE void pause_or_yield(int64_t tries) {
    if (tries % 256 == 0) sched_yield();
    else spin();
}

static void take_items(int64_t worker) {
    for (int64_t item; (item = atomic_fetch_add(&next_item, 1)) < items_now;)
        work_now(context_now, item, worker);
}

/* Until the next round or the end of the call, for a fraction of a millisecond at most: a phase of
 * one item leaves the other processors to other programs. */
static void spin_to_next_round(int64_t seen) {
    for (int64_t tries = 1; tries < 8192 && is_called && round_number == seen; tries++)
        pause_or_yield(tries);
}

static void *help(void *number) {
    int64_t worker = (int64_t)(intptr_t)number, seen = 0;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (round_number == seen || worker > wanted) {
            seen = round_number;
            pthread_mutex_unlock(&lock);
            spin_to_next_round(seen);
            pthread_mutex_lock(&lock);
            if (round_number == seen) pthread_cond_wait(&has_work, &lock);
        }
        seen = round_number;
        busy++;
        pthread_mutex_unlock(&lock);
        take_items(worker);
        pthread_mutex_lock(&lock);
        busy--;
    }
    return NULL;
}

void rnnkit_yield(void) { sched_yield(); }
void rnnkit_lock(void) {
    pthread_mutex_lock(&call_lock);
    is_called = 1;
}
void rnnkit_unlock(void) {
    is_called = 0;
    pthread_mutex_unlock(&call_lock);
}

/* In a forked child: no call was running, since fork takes `rnnkit_lock`, and no helper is left. */
static void forget(void) {
    static const pthread_mutex_t new_lock = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_cond_t new_condition = PTHREAD_COND_INITIALIZER;
    call_lock = lock = new_lock;
    has_work = new_condition;
    started = wanted = 0;
    busy = round_number = is_called = 0;
}

/* When the library is loaded: a thread may compute, and hold the lock, before there is a helper. */
__attribute__((constructor)) static void prepare_for_forks(void) {
    pthread_atfork(rnnkit_lock, rnnkit_unlock, forget);
}

/* Starts helpers until there are `helpers`; returns how many there are. */
static int64_t start(int64_t helpers) {
    sigset_t every, before; /* signals are left to the threads of the program */
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    while (started < helpers) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, help, (void *)(intptr_t)(started + 1))) break;
        pthread_detach(thread);
        started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started < helpers ? started : helpers;
}

void rnnkit_parallel(work_t *work, void *context, int64_t items, int64_t threads) {
    work_now = work, context_now = context, items_now = items;
    atomic_store(&next_item, 0);
    if (threads > items) threads = items;
    int64_t helpers = threads > 1 ? start(threads - 1) : 0;
    if (helpers) {
        pthread_mutex_lock(&lock);
        wanted = helpers;
        round_number++;
        pthread_cond_broadcast(&has_work);
        pthread_mutex_unlock(&lock);
    }
    take_items(0);
    if (helpers) {
        pthread_mutex_lock(&lock);
        wanted = 0; /* no wait for a helper that is not awake yet */
        pthread_mutex_unlock(&lock);
        for (int64_t tries = 1; busy; tries++) pause_or_yield(tries);
    }
}

#endif
