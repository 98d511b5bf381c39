/** What is used of the WebAssembly API: neither ES2023 nor the types of Node 20 declare it. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    readonly buffer: SharedArrayBuffer;
    grow(pages: number): number;
  }
  class Instance<Exports> {
    constructor(module: Module, imports: { env: { memory: Memory; [name: string]: unknown } });
    readonly exports: Exports;
  }
  function validate(bytes: Uint8Array): boolean;
}
