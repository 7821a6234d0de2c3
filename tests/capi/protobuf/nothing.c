typedef int nothing; /* What matters is what is linked. */
