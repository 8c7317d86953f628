import { SerializationException, ValidationException } from '../errors.ts';

/**
 * A member's constraints. One value of this kind an operation describes all of its request, in the service model's own
 * terms, and both the check and the type follow from it.
 */
export interface Constraint<T> {
  /**
   * Adds a violation to `violations` for each constraint that `value` breaks.
   * @throws SerializationException where its JSON type is wrong.
   */
  check(value: unknown, path: string, violations: string[]): void;
  /** Carries the type; never there at run time. */
  readonly type?: T;
}

export interface Member<T> extends Constraint<T> {
  readonly required?: true;
}

type MembersOf = Record<string, Member<unknown>>;
type TypeOf<M> = M extends Constraint<infer T> ? T : never;
type RequiredNames<M extends MembersOf> = { [K in keyof M]: M[K] extends { required: true } ? K : never }[keyof M];

/** The request's type: required members, and optional ones that may be absent. */
export type Structure<M extends MembersOf> = { [K in RequiredNames<M>]: TypeOf<M[K]> } & {
  [K in Exclude<keyof M, RequiredNames<M>>]?: TypeOf<M[K]> | undefined;
};

export type RequestOf<C> = C extends Constraint<infer T> ? T : never;

function wrongType(path: string, expected: string): never {
  throw new SerializationException(`${path === '' ? 'The request' : `'${path}'`} is not ${expected}.`);
}

const violated = (shown: string, path: string, must: string) =>
  `Value ${shown}at '${path}' failed to satisfy constraint: Member must ${must}`;

interface TextOptions {
  min?: number;
  max?: number;
  pattern?: RegExp;
  /** Its values are never shown. */
  sensitive?: true;
}

export function text(options: TextOptions = {}): Constraint<string> {
  return {
    check(value, path, violations) {
      if (typeof value !== 'string') wrongType(path, 'a string');
      const shown = options.sensitive === true ? '' : `'${value.slice(0, 256)}' `;
      if (options.max !== undefined && value.length > options.max) {
        violations.push(violated(shown, path, `have length less than or equal to ${options.max}`));
      }
      if (options.min !== undefined && value.length < options.min) {
        violations.push(violated(shown, path, `have length greater than or equal to ${options.min}`));
      }
      if (options.pattern !== undefined && !options.pattern.test(value)) {
        violations.push(violated(shown, path, `satisfy regular expression pattern: ${options.pattern.source}`));
      }
    },
  };
}

export function oneOf<const T extends string>(...values: readonly T[]): Constraint<T> {
  return {
    check(value, path, violations) {
      if (typeof value !== 'string') wrongType(path, 'a string');
      if (!values.some((known) => known === value)) {
        violations.push(violated(`'${value.slice(0, 256)}' `, path, `satisfy enum value set: [${values.join(', ')}]`));
      }
    },
  };
}

export function integer(min: number, max: number): Constraint<number> {
  return {
    check(value, path, violations) {
      if (typeof value !== 'number' || !Number.isInteger(value)) wrongType(path, 'an integer');
      if (value > max) violations.push(violated(`'${value}' `, path, `have value less than or equal to ${max}`));
      if (value < min) violations.push(violated(`'${value}' `, path, `have value greater than or equal to ${min}`));
    },
  };
}

export function list<T>(member: Constraint<T>, min: number, max: number): Constraint<T[]> {
  return {
    check(value, path, violations) {
      if (!Array.isArray(value)) wrongType(path, 'a list');
      const shown = `of ${value.length} members `;
      if (value.length > max) violations.push(violated(shown, path, `have length less than or equal to ${max}`));
      if (value.length < min) violations.push(violated(shown, path, `have length greater than or equal to ${min}`));
      value.slice(0, max + 1).forEach((item: unknown, index) => {
        member.check(item, `${path}.${index + 1}.member`, violations);
      });
    },
  };
}

export function required<T>(constraint: Constraint<T>): Member<T> & { required: true } {
  return { ...constraint, required: true };
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

export function structure<const M extends MembersOf>(members: M): Constraint<Structure<M>> {
  return {
    check(value, path, violations) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) wrongType(path, 'an object');
      const given = new Map<string, unknown>(Object.entries(value));
      for (const [name, member] of Object.entries(members)) {
        const at = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
        const item = given.get(name);
        // JSON's null stands for an absent member in AWS's protocols.
        if (item !== undefined && item !== null) member.check(item, at, violations);
        else if (member.required) violations.push(violated('null ', at, 'not be null'));
      }
    },
  };
}

/** `value` without members that are null, as deep as objects go. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([name, item]) => [name, withoutNulls(item)]),
  );
}

/**
 * The request, if it keeps all constraints.
 * @throws ValidationException that lists every violation, in AWS's manner; SerializationException for a wrong JSON type.
 */
export function parse<T>(constraint: Constraint<T>, value: unknown): T {
  const violations: string[] = [];
  constraint.check(value, '', violations);
  if (violations.length > 0) {
    const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`;
    throw new ValidationException(`${count}: ${violations.join('; ')}`);
  }
  return withoutNulls(value) as T;
}
