/** The part of the WebAssembly interface that is used here; Node has it, its types declare only the interfaces. */
declare namespace WebAssembly {
  function compile(bytes: Uint8Array<ArrayBufferLike>): Promise<Module>;
  function instantiate(module: Module, imports: object): Promise<Instance>;
}
