import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, InvalidEventPatternError } from '../../local/event-bus/pattern.ts';

const event = {
  source: 'aws.ec2',
  'detail-type': 'EC2 Instance State-change Notification',
  account: '123456789012',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: {
    'instance-id': 'i-1234567890abcdef0',
    state: 'terminated',
    'source-ip': '10.0.0.33',
    'c-count': 5,
    'd-count': 3,
    'x-limit': 301.8,
    FileName: 'photo.png',
    EventBusArn: 'arn:aws:events:us-east-1:123456789012:event-bus/myEventBus',
    empty: '',
    nothing: null,
    flags: [true, false],
    nested: [{ key: 'a' }, { key: 'b' }],
  },
};

const matches = (pattern: unknown) => compilePattern(JSON.stringify(pattern))(event);

/** One for each operator of EventBridge's guide, with an event that it takes and one that it does not. */
describe('event patterns', () => {
  it.each<[string, unknown, boolean]>([
    ['equality', { source: ['aws.ec2'] }, true],
    ['equality', { source: ['aws.fargate'] }, false],
    ['any of several', { detail: { state: ['stopped', 'terminated'] } }, true],
    ['all of several fields', { source: ['aws.ec2'], detail: { state: ['running'] } }, false],
    ['an element of an array', { resources: [{ prefix: 'arn:aws:ec2' }] }, true],
    ['null', { detail: { nothing: [null] } }, true],
    ['the empty string', { detail: { empty: [''] } }, true],
    ['null for a string', { detail: { empty: [null] } }, false],
    ['a boolean', { detail: { flags: [true] } }, true],
    ['numbers by value', { detail: { 'c-count': [5.0] } }, true],
    ['no string for a number', { detail: { 'c-count': ['5'] } }, false],
    ['prefix', { region: [{ prefix: 'us-' }] }, true],
    ['prefix, ignoring case', { region: [{ prefix: { 'equals-ignore-case': 'US-' } }] }, true],
    ['suffix', { detail: { FileName: [{ suffix: '.png' }] } }, true],
    ['suffix, ignoring case', { detail: { FileName: [{ suffix: { 'equals-ignore-case': '.PNG' } }] } }, true],
    ['equals-ignore-case', { detail: { state: [{ 'equals-ignore-case': 'TERMINATED' }] } }, true],
    ['anything-but', { detail: { state: [{ 'anything-but': 'initializing' }] } }, true],
    ['anything-but of a list', { detail: { state: [{ 'anything-but': ['stopped', 'terminated'] }] } }, false],
    ['anything-but of numbers', { detail: { 'x-limit': [{ 'anything-but': [100, 200] }] } }, true],
    ['anything-but with prefix', { detail: { state: [{ 'anything-but': { prefix: 'term' } }] } }, false],
    ['anything-but with suffixes', { detail: { FileName: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] } }, true],
    ['anything-but with wildcard', { detail: { FileName: [{ 'anything-but': { wildcard: '*.txt' } }] } }, true],
    ['anything-but of nothing there', { detail: { missing: [{ 'anything-but': 'x' }] } }, false],
    ['numeric', { detail: { 'c-count': [{ numeric: ['>', 0, '<=', 5] }], 'd-count': [{ numeric: ['<', 10] }] } }, true],
    ['numeric, equal', { detail: { 'x-limit': [{ numeric: ['=', 3.018e2] }] } }, true],
    ['numeric, out of range', { detail: { 'c-count': [{ numeric: ['>', 5] }] } }, false],
    ['cidr', { detail: { 'source-ip': [{ cidr: '10.0.0.0/24' }] } }, true],
    ['cidr, elsewhere', { detail: { 'source-ip': [{ cidr: '10.0.1.0/24' }] } }, false],
    ['exists', { detail: { state: [{ exists: true }] } }, true],
    ['exists not', { detail: { missing: [{ exists: false }] } }, true],
    ['exists of an object', { detail: [{ exists: true }] }, false],
    ['wildcard', { detail: { EventBusArn: [{ wildcard: '*event-bus/*' }] } }, true],
    ['wildcard with a dot that is one', { detail: { FileName: [{ wildcard: 'photoXpng' }] } }, false],
    ['an object in an array', { detail: { nested: { key: ['b'] } } }, true],
    ['$or', { $or: [{ source: ['other'] }, { detail: { 'c-count': [{ numeric: ['>', 4] }] } }] }, true],
    ['$or beside others', { source: ['aws.ec2'], detail: { $or: [{ 'c-count': [9] }, { 'd-count': [8] }] } }, false],
  ])('take %s: %j', (_what, pattern, taken) => {
    expect(matches(pattern)).toBe(taken);
  });

  it.each([
    [{}],
    ['text'],
    [{ source: 'aws.ec2' }],
    [{ source: [] }],
    [{ source: [{ unknown: 'x' }] }],
    [{ source: [{ prefix: 1 }] }],
    [{ source: [{ prefix: 'a', suffix: 'b' }] }],
    [{ detail: { n: [{ numeric: ['>'] }] } }],
    [{ detail: { n: [{ numeric: ['~', 1] }] } }],
    [{ source: [{ wildcard: 'a**b' }] }],
    [{ detail: { ip: [{ cidr: 'nonsense' }] } }],
    [{ source: [{ exists: 'yes' }] }],
  ])('refuse %j', (pattern) => {
    expect(() => matches(pattern)).toThrow(InvalidEventPatternError);
  });

  it('take a string by itself, its prefixes, suffixes and wildcards, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (value, at) => {
        const cut = at % (value.length + 1);
        const take = (test: unknown) => compilePattern(JSON.stringify({ value: [test] }))({ value });
        expect(take(value)).toBe(true);
        expect(take({ prefix: value.slice(0, cut) })).toBe(true);
        expect(take({ suffix: value.slice(cut) })).toBe(true);
        expect(take({ 'anything-but': value })).toBe(false);
        const literal = (text: string) => text.replace(/[\\*]/g, '\\$&');
        expect(take({ wildcard: `${literal(value.slice(0, cut))}*` })).toBe(true);
      }),
    );
  });

  it('answer every JSON value as a pattern with a matcher or a refusal by name', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (pattern, value) => {
        try {
          expect(typeof compilePattern(JSON.stringify(pattern))(value)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidEventPatternError);
        }
      }),
    );
  });
});
