/**
 * What the eigenvalues kernel imports: its memory, and how threads sleep and are woken. WebAssembly's own instructions for that cannot be
 * used: a loop around a wait goes wrong in code that V8 has not optimised yet (Node 20, as --liftoff-only shows).
 *
 * @param {WebAssembly.Memory} memory
 */
export function eigenvaluesImports(memory) {
  // Memory may have grown since the last call.
  const words = () => new Int32Array(memory.buffer);
  return {
    env: {
      memory,
      /** @type {(address: number, value: number, milliseconds: number) => void} */
      sleepWhile: (address, value, milliseconds) => {
        Atomics.wait(words(), address >>> 2, value, milliseconds);
      },
      /** @type {(address: number) => void} */
      wake: (address) => {
        Atomics.notify(words(), address >>> 2);
      },
    },
  };
}
