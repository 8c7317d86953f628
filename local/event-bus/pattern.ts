import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/**
 * EventBridge event patterns.
 * Source of the rules: "Comparison operators for use in event patterns", Amazon EventBridge User Guide.
 */
export class InvalidEventPatternError extends Error {
  override readonly name = 'InvalidEventPatternException';
}

type Json = unknown;
type Test = (value: Json) => boolean;

const object = z.record(z.string(), z.unknown());
const isObject = (value: Json): value is Record<string, Json> => object.safeParse(value).success;

const fail = (message: string): never => {
  throw new InvalidEventPatternError(`Event pattern is not valid. Reason: ${message}`);
};

const text = (value: Json, operator: string): string =>
  typeof value === 'string' ? value : fail(`${operator} takes a string`);

function wildcard(pattern: string): RegExp {
  if (/\*\*/.test(pattern.replace(/\\[\\*]/g, '-'))) fail('consecutive wildcard characters');
  // `\*` and `\\` stand for themselves.
  const source = pattern.replace(/\\[\\*]|\*|[.*+?^${}()|[\]\\]/g, (part) => {
    if (part === '*') return '.*';
    return part.length === 2 ? `\\${part[1]}` : `\\${part}`;
  });
  return new RegExp(`^${source}$`, 's');
}

function numeric(conditions: Json): Test {
  if (!Array.isArray(conditions) || conditions.length === 0 || conditions.length % 2 !== 0) {
    fail('numeric takes pairs of operator and number');
  }
  const list: Json[] = Array.isArray(conditions) ? conditions : [];
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const [operator, limit] = [list[i], list[i + 1]];
    if (typeof limit !== 'number') return fail('numeric takes numbers');
    if (operator === '<') tests.push((value) => value < limit);
    else if (operator === '<=') tests.push((value) => value <= limit);
    else if (operator === '>') tests.push((value) => value > limit);
    else if (operator === '>=') tests.push((value) => value >= limit);
    else if (operator === '=') tests.push((value) => value === limit);
    else fail(`unrecognized numeric operator ${String(operator)}`);
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function cidr(range: string): Test {
  const [address = '', bits] = range.split('/');
  const family = isIP(address);
  if (family === 0 || bits === undefined || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    fail('malformed CIDR');
  const blocks = new BlockList();
  blocks.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return (value) =>
    typeof value === 'string' && isIP(value) === family && blocks.check(value, family === 4 ? 'ipv4' : 'ipv6');
}

/** `prefix` and `suffix` take a string, or `{"equals-ignore-case": …}`. */
function affix(operand: Json, operator: 'prefix' | 'suffix'): Test {
  const ignoreCase = isObject(operand) && 'equals-ignore-case' in operand;
  const wanted = text(ignoreCase ? operand['equals-ignore-case'] : operand, operator);
  const fold = (value: string) => (ignoreCase ? value.toLowerCase() : value);
  return (value) =>
    typeof value === 'string' &&
    (operator === 'prefix' ? fold(value).startsWith(fold(wanted)) : fold(value).endsWith(fold(wanted)));
}

function anythingBut(operand: Json): Test {
  const tests = isObject(operand)
    ? Object.entries(operand).flatMap(([operator, nested]) =>
        (Array.isArray(nested) ? nested : [nested]).map((one: Json) => comparison(operator, one)),
      )
    : (Array.isArray(operand) ? operand : [operand]).map((one: Json) => equal(one));
  return (value) => value !== undefined && tests.every((test) => !test(value));
}

const equal =
  (wanted: Json): Test =>
  (value) =>
    value === wanted;

function comparison(operator: string, operand: Json): Test {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return affix(operand, operator);
    case 'equals-ignore-case': {
      const wanted = text(operand, operator).toLowerCase();
      return (value) => typeof value === 'string' && value.toLowerCase() === wanted;
    }
    case 'wildcard': {
      const pattern = wildcard(text(operand, operator));
      return (value) => typeof value === 'string' && pattern.test(value);
    }
    case 'numeric':
      return numeric(operand);
    case 'cidr':
      return cidr(text(operand, operator));
    case 'anything-but':
      return anythingBut(operand);
    default:
      return fail(`unrecognized match type ${operator}`);
  }
}

type Matcher = (event: Json) => boolean;

/** A leaf of the pattern: any of its alternatives may match, and any element of an array in the event. */
function field(alternatives: readonly Json[]): Matcher {
  if (alternatives.length === 0) fail('empty arrays are not allowed');
  const present: Test[] = [];
  let absent = false;
  for (const one of alternatives) {
    if (!isObject(one)) {
      if (Array.isArray(one)) fail('a match value must be a string, number, boolean, null or operator');
      present.push(equal(one));
      continue;
    }
    const [[operator, operand] = ['', undefined], ...others] = Object.entries(one);
    if (others.length > 0) fail('only one operator in one object');
    if (operator === 'exists') {
      if (operand === true) present.push((value) => value !== undefined && !isObject(value));
      else if (operand === false) absent = true;
      else fail('exists takes true or false');
    } else present.push(comparison(operator, operand));
  }
  return (value) => {
    if (value === undefined || isObject(value)) return absent;
    const values: Json[] = Array.isArray(value) ? value : [value];
    return values.some((item) => present.some((test) => test(item)));
  };
}

function compile(pattern: Json): Matcher {
  if (!isObject(pattern)) return fail('the pattern must be a JSON object');
  const entries = Object.entries(pattern);
  if (entries.length === 0) fail('the pattern must not be empty');
  const matchers = entries.map(([name, inner]): Matcher => {
    if (name === '$or' && Array.isArray(inner) && inner.length >= 2 && inner.every(isObject)) {
      const branches = inner.map(compile);
      return (event) => branches.some((branch) => branch(event));
    }
    if (!isObject(inner) && !Array.isArray(inner)) return fail(`"${name}" must be an object or an array`);
    const matcher = Array.isArray(inner) ? field(inner) : compile(inner);
    return (event) => {
      const value = isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined;
      // An array of objects matches where any of them does.
      if (Array.isArray(value) && !Array.isArray(inner)) return value.some(matcher);
      return matcher(value);
    };
  });
  return (event) => matchers.every((matcher) => matcher(event));
}

/** A pattern's JSON text as a test of events. @throws InvalidEventPatternError */
export function compilePattern(json: string): Matcher {
  let pattern: Json;
  try {
    pattern = JSON.parse(json);
  } catch {
    return fail('the pattern is not JSON');
  }
  return compile(pattern);
}
