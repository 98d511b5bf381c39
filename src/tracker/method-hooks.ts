export type Call = (...args: unknown[]) => unknown;

/** What goes around calls of a method: `next` is the method with what else goes around it, `method` is it alone. */
export type Around = (next: Call, args: unknown[], method: Call) => unknown;

/** A method of one object that is replaced by one that calls through `arounds`, outermost first. */
interface Hooked {
  arounds: Around[];
  /** The object's own method before it was replaced; undefined where its class has it. */
  own: PropertyDescriptor | undefined;
  replacement: unknown;
}

const hooked = new WeakMap<object, Map<string, Hooked>>();

/**
 * Puts `around` around a method of an object until the function is called that is returned. Several may be around one method; when the last
 * one is gone the object is as it was before. Where somebody else has replaced the method meanwhile it stays, and calls straight through.
 *
 * @throws TypeError if the object has no such method
 */
export function hookMethod(target: object, name: string, around: Around): () => void {
  const methods = hooked.get(target) ?? new Map<string, Hooked>();
  hooked.set(target, methods);
  const found = methods.get(name);
  const hook = found && isInPlace(target, name, found) ? found : replaceMethod(target, name);
  methods.set(name, hook);
  hook.arounds = [around, ...hook.arounds];
  return () => {
    hook.arounds = hook.arounds.filter((each) => each !== around);
    if (hook.arounds.length > 0 || Object.getOwnPropertyDescriptor(target, name)?.value !== hook.replacement)
      return;
    methods.delete(name);
    if (hook.own) Object.defineProperty(target, name, hook.own);
    else Reflect.deleteProperty(target, name);
  };
}

/** Whether nobody has put another method in the place of the replacement. */
function isInPlace(target: object, name: string, { replacement }: Hooked): boolean {
  return Object.getOwnPropertyDescriptor(target, name)?.value === replacement;
}

function replaceMethod(target: object, name: string): Hooked {
  const method: unknown = Reflect.get(target, name);
  if (typeof method !== 'function') throw new TypeError(`there is no method ${name} to hook`);
  const hook: Hooked = {
    arounds: [],
    own: Object.getOwnPropertyDescriptor(target, name),
    replacement: undefined,
  };
  hook.replacement = function (this: object, ...args: unknown[]) {
    const bare: Call = (...given) => Reflect.apply(method, this, given);
    const { arounds } = hook;
    const call = (at: number, given: unknown[]): unknown => {
      const around = arounds[at];
      return around ? around((...next) => call(at + 1, next), given, bare) : bare(...given);
    };
    return call(0, args);
  };
  Object.defineProperty(target, name, {
    value: hook.replacement,
    configurable: true,
    writable: true,
    enumerable: hook.own?.enumerable ?? false,
  });
  return hook;
}
