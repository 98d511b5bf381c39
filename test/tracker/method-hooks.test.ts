import { describe, expect, it } from 'vitest';
import { hookMethod } from '../../src/tracker/method-hooks.js';

class Counter {
  count = 0;
  add(by: number): number {
    this.count += by;
    return this.count;
  }
}

describe('a hook around a method', () => {
  it('sees and may change what goes in and comes out, of one object alone', () => {
    const [a, b] = [new Counter(), new Counter()];
    const unhook = hookMethod(a, 'add', (next, [by]) => Number(next(Number(by) * 10)) + 0.5);
    expect([a.add(1), a.count, b.add(1)]).toEqual([10.5, 10, 1]);
    unhook();
    expect(a.add(1)).toBe(11);
  });

  it('leaves the object as it was, whether its class had the method or itself', () => {
    const plain = new Counter();
    const before = Object.getOwnPropertyNames(plain);
    const unhook = hookMethod(plain, 'add', (next, args) => next(...args));
    expect(Object.keys(plain)).toEqual(['count']);
    unhook();
    expect(Object.getOwnPropertyNames(plain)).toEqual(before);
    const own = Object.assign(new Counter(), { add: () => 7 });
    const descriptor = Object.getOwnPropertyDescriptor(own, 'add');
    hookMethod(own, 'add', (next) => Number(next()) + 1)();
    expect(Object.getOwnPropertyDescriptor(own, 'add')).toEqual(descriptor);
  });

  it('may be one of several, that come and go in any order', () => {
    const counter = new Counter();
    const log: string[] = [];
    const around = (name: string) => (next: (...args: unknown[]) => unknown, args: unknown[]) => {
      log.push(name);
      return next(...args);
    };
    const [first, second, third] = ['1', '2', '3'].map((name) => hookMethod(counter, 'add', around(name)));
    counter.add(1);
    first!();
    counter.add(1);
    third!();
    counter.add(1);
    second!();
    counter.add(1);
    expect([log.join(''), counter.count, Object.hasOwn(counter, 'add')]).toEqual(['321322', 4, false]);
    hookMethod(counter, 'add', around('4'));
    counter.add(1);
    expect(log.at(-1)).toBe('4');
  });

  it('hands out the method alone', () => {
    const counter = new Counter();
    hookMethod(counter, 'add', () => 0);
    hookMethod(counter, 'add', (_next, args, method) => method(...args));
    expect([counter.add(3), counter.count]).toEqual([3, 3]);
  });

  it('calls straight through where somebody else has replaced the method meanwhile', () => {
    const counter = new Counter();
    const unhook = hookMethod(counter, 'add', () => -1);
    const hooked = counter.add.bind(counter);
    counter.add = (by) => hooked(by) * 2;
    expect(counter.add(1)).toBe(-2);
    unhook();
    expect([counter.add(1), counter.count]).toEqual([2, 1]);
  });

  it('needs a method', () => {
    expect(() => hookMethod({ add: 1 }, 'add', () => 0)).toThrow(TypeError);
  });
});
