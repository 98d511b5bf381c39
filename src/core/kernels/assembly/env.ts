// What the kernels import besides their memory; AssemblyScript takes the name of the import's module from that of this file.

/** Sleeps as long as the number at `address` is `value`, nobody wakes this thread, and so many milliseconds have not passed. */
export declare function sleepWhile(address: usize, value: i32, milliseconds: f64): void;

/** Wakes all who sleep at `address`. */
export declare function wake(address: usize): void;
