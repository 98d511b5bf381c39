import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodesAsApplied, nodesInOrder } from '../../src/tracker/graph.js';
import { hookMethod } from '../../src/tracker/method-hooks.js';
import { type Container, isContainer } from '../../src/tracker/tfjs.js';
import { tf } from './tensorflow.js';

function containerOf(model: unknown): Container {
  if (!isContainer(model)) throw new Error('no container');
  return model;
}

/** Names of the layers of a model in the order in which TensorFlow.js calls them in a run. */
function called(model: tf.LayersModel, input: tf.Tensor | tf.Tensor[]): string[] {
  const names: string[] = [];
  const ends = model.layers.map((layer) =>
    hookMethod(layer, 'call', (next, args) => {
      names.push(layer.name);
      return next(...args);
    }),
  );
  // As in training: else TensorFlow.js disposes of what is added to itself while it is in use.
  tf.dispose(model.apply(input, { training: true }) as tf.Tensor);
  for (const end of ends) end();
  return names;
}

const expected = (model: tf.LayersModel) =>
  nodesAsApplied(containerOf(model)).map(({ outboundLayer }) => outboundLayer.name);

describe('the order in which a model applies its layers', () => {
  it('is foreseen for models of any form, with shared layers and several inputs and outputs', () => {
    const choices = fc.array(
      fc.record({ kind: fc.nat(3), from: fc.tuple(fc.nat(), fc.nat(), fc.nat()), shared: fc.nat(3) }),
      { minLength: 1, maxLength: 9 },
    );
    fc.assert(
      fc.property(
        choices,
        fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (steps, ends, two) => {
          const inputs = [tf.input({ shape: [3] }), ...(two ? [tf.input({ shape: [3] })] : [])];
          const shared = [0, 1].map((i) => tf.layers.dense({ units: 3, name: `shared${i}` }));
          const made: tf.SymbolicTensor[] = [...inputs];
          for (const { kind, from, shared: which } of steps) {
            const of = (i: number) => made[from[i]! % made.length]!;
            if (kind === 0) made.push(tf.layers.dense({ units: 3 }).apply(of(0)) as tf.SymbolicTensor);
            else if (kind === 1) made.push(shared[which % 2]!.apply(of(0)) as tf.SymbolicTensor);
            else
              made.push(
                tf.layers.add().apply([of(0), of(1), ...(kind === 3 ? [of(2)] : [])]) as tf.SymbolicTensor,
              );
          }
          const outputs = [...new Set(ends.map((end) => made[end % made.length]!))].filter(
            (t) => !inputs.includes(t),
          );
          const last = made.at(-1)!;
          const model = tf.model({ inputs, outputs: outputs.length > 0 ? outputs : last });
          const names = called(
            model,
            inputs.length === 1 ? tf.ones([2, 3]) : inputs.map(() => tf.ones([2, 3])),
          );
          expect(names).toEqual(expected(model));
          // Keras's own order has the same uses.
          const keras = nodesInOrder(containerOf(model)).map(({ outboundLayer }) => outboundLayer.name);
          expect([...keras].sort()).toEqual([...names].sort());
          tf.dispose(model.weights.map((weight) => weight.read()));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('has a layer as often as its outputs are used', () => {
    const input = tf.input({ shape: [4, 3] });
    const lstm = tf.layers.lstm({ units: 2, returnState: true, name: 'lstm' });
    const [, h, c] = lstm.apply(input) as tf.SymbolicTensor[];
    const model = tf.model({ inputs: input, outputs: tf.layers.add().apply([h!, c!]) as tf.SymbolicTensor });
    expect(called(model, tf.ones([2, 4, 3])).filter((name) => name === 'lstm')).toHaveLength(2);
    expect(expected(model)).toEqual(called(model, tf.ones([2, 4, 3])));
    const nodes = nodesAsApplied(containerOf(model)).filter(
      ({ outboundLayer }) => outboundLayer.name === 'lstm',
    );
    expect(nodes[0]).toBe(nodes[1]);
  });
});

it('the order of Keras is that of the distance from the outputs, and of what is found first from there', () => {
  // As Keras 3.15 and tf_keras 2.21 run and export this network; check-tracker.py has more of them.
  const input = tf.input({ shape: [3] });
  const dense = (name: string) => tf.layers.dense({ units: 3, name });
  const apply = (layer: tf.layers.Layer, to: tf.SymbolicTensor) => layer.apply(to) as tf.SymbolicTensor;
  const a = apply(dense('a2'), apply(dense('a1'), input));
  const b = apply(dense('b3'), apply(dense('b2'), apply(dense('b1'), input)));
  const model = tf.model({
    inputs: input,
    outputs: tf.layers.add({ name: 'sum' }).apply([a, b]) as tf.SymbolicTensor,
  });
  const names = nodesInOrder(containerOf(model)).map(({ outboundLayer }) => outboundLayer.name);
  expect(names).toEqual(['b1', 'b2', 'a1', 'a2', 'b3', 'sum']);
  expect(called(model, tf.ones([1, 3]))).toEqual(['b1', 'b2', 'b3', 'a1', 'a2', 'sum']);
});
