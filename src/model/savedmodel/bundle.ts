import { fstatSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { UserError } from '../../errors.js';
import { allocate } from '../../numeric-data.js';
import { bytesOf, type DType, formatShape, sizeOf, type Tensor } from '../../tensor.js';
import {
  type BundleEntryProto,
  BundleEntryProtoSchema,
  BundleHeaderProto_Endianness,
  BundleHeaderProtoSchema,
  DataType,
  type TensorSliceProto,
} from '../proto/tensorflow_pb.js';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { dtypeOf, elementsOf, typeName } from './elements.js';
import { readExactly, readWhole, withFile } from './files.js';
import { sliceKey } from './ordered-code.js';
import { copyInto } from './slices.js';
import { readTable, VarintReader } from './table.js';
import { fullShapeOf } from './tensor-proto.js';

/** What the index says of one tensor. */
export interface BundleEntry {
  dtype: DType;
  shape: readonly number[];
  proto: BundleEntryProto;
}

/**
 * A checkpoint in TensorFlow's bundle format: an index (`variables.index`) and its data files
 * (`variables.data-00000-of-00001`, ...). Tensors are read from the data files when they are asked for.
 */
export class Bundle {
  private readonly table: Map<string, Buffer>;
  private readonly shards: number;
  private readonly order: 'LE' | 'BE';
  private readonly index: string;
  /** Keys of the tensors that were read, and so verified. */
  private readonly loaded = new Set<string>();

  /**
   * @param prefix path before `.index` and `.data-...`
   * @throws UserError if the index is missing or damaged
   */
  constructor(private readonly prefix: string) {
    this.index = `${prefix}.index`;
    this.table = readTable(readWhole(this.index), this.index);
    const header = this.table.get('');
    if (!header) throw damaged(this.index, 'it has no header');
    const { numShards, endianness } = this.decode(BundleHeaderProtoSchema, header, 'header');
    this.shards = numShards;
    this.order = endianness === BundleHeaderProto_Endianness.BIG ? 'BE' : 'LE';
  }

  has(key: string): boolean {
    return this.table.has(binary(key));
  }

  /**
   * What the index says of a tensor, after checking that its data file is long enough.
   * @throws UserError if there is no such tensor, its type is none that arrays have, or its data is cut off
   */
  entry(key: string): BundleEntry {
    const entry = this.rawEntry(binary(key), key);
    for (const slice of entry.proto.slices) this.checkExtent(this.sliceEntry(key, slice).proto, key);
    if (entry.proto.slices.length === 0) this.checkExtent(entry.proto, key);
    return entry;
  }

  /**
   * A tensor's elements, its checksum verified.
   * @throws UserError if its data is missing, cut off or changed
   */
  load(key: string): Tensor {
    const entry = this.rawEntry(binary(key), key);
    this.loaded.add(binary(key));
    if (entry.proto.slices.length === 0) return this.loadWhole(entry, key);
    if (entry.dtype === 'string') throw damaged(this.index, `${key} is a partitioned tensor of strings`);
    const whole: Tensor = {
      dtype: entry.dtype,
      shape: entry.shape,
      data: allocate(entry.dtype, sizeOf(entry.shape)),
    };
    for (const slice of entry.proto.slices) {
      const part = this.loadWhole(this.sliceEntry(key, slice), key);
      copyInto(
        whole,
        part,
        slice.extent.map((extent) => Number(extent.start)),
        key,
      );
    }
    return whole;
  }

  /**
   * The elements of a tensor of strings, as bytes.
   * @throws UserError if its data is missing, cut off or changed
   */
  loadBytes(key: string): Buffer[] {
    const { shape, proto } = this.rawEntry(binary(key), key);
    const file = this.shard(proto.shardId);
    return this.strings(this.stored(proto, key), sizeOf(shape), proto, key, file);
  }

  /**
   * Verifies the checksums of all tensors that were not loaded: a file that is damaged anywhere is not to be trusted.
   * @throws UserError naming the tensor whose bytes are missing or changed
   */
  verifyRest(): void {
    for (const [stored, bytes] of this.table) {
      if (stored === '' || this.loaded.has(stored)) continue;
      const key = Buffer.from(stored, 'latin1').toString('utf8');
      const proto = this.decode(BundleEntryProtoSchema, bytes, `entry of ${key}`);
      if (proto.slices.length > 0 || proto.dtype === DataType.DT_VARIANT) continue;
      if (proto.dtype === DataType.DT_STRING) this.loadBytes(key);
      else this.verify(crc32c(this.stored(proto, key)), proto, key, this.shard(proto.shardId));
    }
  }

  private sliceEntry(key: string, slice: TensorSliceProto): BundleEntry {
    const extents = slice.extent.map(({ start, hasLength }) => ({
      start: Number(start),
      length: hasLength.case === 'length' ? Number(hasLength.value) : -1,
    }));
    return this.rawEntry(sliceKey(key, extents), `a slice of ${key}`);
  }

  private rawEntry(key: string, name: string): BundleEntry {
    const bytes = this.table.get(key);
    if (!bytes) throw damaged(this.index, `it has no tensor "${name}"`);
    const proto = this.decode(BundleEntryProtoSchema, bytes, `entry of ${name}`);
    const dtype = dtypeOf(proto.dtype);
    const shape = fullShapeOf(proto.shape);
    if (!dtype || !shape) {
      throw new UserError(`${this.index}: ${name} is of ${typeName(proto.dtype)}, which delve cannot read.`);
    }
    const expected = dtype === 'string' ? undefined : sizeOf(shape) * bytesOf(dtype);
    if (expected !== undefined && proto.slices.length === 0 && BigInt(expected) !== proto.size) {
      throw damaged(
        this.index,
        `${name} has shape ${formatShape(shape)} and type ${dtype}, so ${expected} bytes, but ${proto.size} are told`,
      );
    }
    return { dtype, shape, proto };
  }

  private checkExtent(proto: BundleEntryProto, key: string): void {
    const file = this.shard(proto.shardId);
    withFile(file, (descriptor) => {
      const size = fstatSync(descriptor).size;
      const end = proto.offset + proto.size;
      if (end > BigInt(size)) {
        throw damaged(file, `${key} ends at byte ${end}, but the file has ${size} bytes (truncated?)`);
      }
    });
  }

  private loadWhole({ dtype, shape, proto }: BundleEntry, key: string): Tensor {
    if (dtype === 'string') {
      return { dtype, shape, data: this.loadBytes(key).map((bytes) => bytes.toString('utf8')) };
    }
    const bytes = this.stored(proto, key);
    this.verify(crc32c(bytes), proto, key, this.shard(proto.shardId));
    return { dtype, shape, data: elementsOf(dtype, bytes, this.order) };
  }

  private stored(proto: BundleEntryProto, key: string): Buffer {
    this.checkExtent(proto, key);
    const file = this.shard(proto.shardId);
    return withFile(file, (descriptor) =>
      readExactly(descriptor, Number(proto.offset), Number(proto.size), file),
    );
  }

  /**
   * Strings are kept as their lengths (variable-length integers), a checksum of these, and their bytes. The entry's
   * checksum covers the lengths as fixed 4-byte numbers (8 where they need it), that checksum, and the bytes.
   */
  private strings(
    bytes: Buffer,
    count: number,
    proto: BundleEntryProto,
    key: string,
    file: string,
  ): Buffer[] {
    const reader = new VarintReader(bytes, file);
    const lengths = Array.from({ length: count }, () => reader.varint());
    let crc = 0;
    for (const length of lengths) {
      const fixed = Buffer.alloc(length > 0xffffffff ? 8 : 4);
      if (fixed.length === 4) fixed.writeUInt32LE(length);
      else fixed.writeBigUInt64LE(BigInt(length));
      crc = crc32c(this.order === 'BE' ? fixed.reverse() : fixed, crc);
    }
    const stored = reader.take(4);
    crc = crc32c(stored, crc);
    const values = lengths.map((length) => {
      const value = reader.take(length);
      crc = crc32c(value, crc);
      return value;
    });
    this.verify(crc, proto, key, file);
    return values;
  }

  private verify(crc: number, proto: BundleEntryProto, key: string, file: string): void {
    if (maskedCrc32c(crc) !== proto.crc32c) {
      throw damaged(file, `the checksum of ${key} does not match: its bytes are not those that were written`);
    }
  }

  private shard(id: number): string {
    if (id < 0 || id >= this.shards) {
      throw damaged(this.index, `it names data file ${id} of ${this.shards}`);
    }
    const five = (value: number) => String(value).padStart(5, '0');
    return `${this.prefix}.data-${five(id)}-of-${five(this.shards)}`;
  }

  private decode<S extends typeof BundleHeaderProtoSchema | typeof BundleEntryProtoSchema>(
    schema: S,
    bytes: Buffer,
    what: string,
  ) {
    try {
      return fromBinary<S>(schema, bytes);
    } catch {
      throw damaged(this.index, `the ${what} is garbled`);
    }
  }
}

function binary(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1');
}

function damaged(file: string, found: string): UserError {
  return new UserError(`${file} is damaged: ${found}; copy or export the model again.`);
}
