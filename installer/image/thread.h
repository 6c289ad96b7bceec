#ifndef IMAGE_THREAD_H
#define IMAGE_THREAD_H

#include <sys/resource.h>

/*
 * The reader is the bottleneck: nobody can decompress in its place, while the work of the
 * other threads can wait and be shared. Without this they take a busy machine's cores in
 * turns, and a sixth of the time is lost. (On Linux each thread has its own nice value.)
 */
static inline void thread_give_way(void)
{
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 5);
}

#endif
