type Class = abstract new (...args: never[]) => object;

/**
 * A class that is made when it is first used, because what it inherits from is loaded only then. It can be constructed, inherited from and asked
 * (`instanceof`, static members) like the class itself.
 */
export function lazyClass<T extends Class>(make: () => T): T;
export function lazyClass(make: () => Class): object {
  const handler: ProxyHandler<object> = {
    construct(_target, args, newTarget) {
      const made = make();
      return Reflect.construct(made, args, newTarget === lazy ? made : newTarget);
    },
    get: (_target, key) => Reflect.get(make(), key),
    set: (_target, key, value) => Reflect.set(make(), key, value),
    has: (_target, key) => Reflect.has(make(), key),
    getPrototypeOf: () => Reflect.getPrototypeOf(make()),
  };
  // What stands in for a class must be constructible, too, and a function's prototype, other than a class's, may be told of differently.
  const lazy = new Proxy(function standIn() {}, handler);
  return lazy;
}
