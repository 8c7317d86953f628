/** An answer of S3 before it is written: elements by name, `@` holds attributes, a list repeats its element. */
export interface Elements {
  [name: string]: unknown;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text in XML: what a reader would take for markup, or as S3 does, for white space, is written as an entity. */
function escaped(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[&<>"'\u0000-\u001f]/g,
    (character) => ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`,
  );
}

const isElements = (value: unknown): value is Elements =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function element(name: string, value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('');
  if (!isElements(value)) return `<${name}>${escaped(String(value))}</${name}>`;
  const { '@': attributes, ...children } = value;
  const written = isElements(attributes)
    ? Object.entries(attributes).map(([attribute, text]) => ` ${attribute}="${escaped(String(text))}"`)
    : [];
  return `<${name}${written.join('')}>${elements(children)}</${name}>`;
}

const elements = (value: Elements): string =>
  Object.entries(value)
    .map(([name, child]) => element(name, child))
    .join('');

/** An answer as XML, each text escaped once. */
export function toXml(answer: Elements): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${elements(answer)}`;
}

/** Members of a listing that `encoding-type=url` encodes. */
const ENCODED = new Set(['Key', 'Prefix', 'Delimiter', 'StartAfter', 'Marker', 'NextMarker']);

const urlEncoded = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/');

function encodedMember([name, value]: [string, unknown]): [string, unknown] {
  if (typeof value === 'string') return [name, ENCODED.has(name) ? urlEncoded(value) : value];
  if (Array.isArray(value)) return [name, value.map((item) => (isElements(item) ? encodedMembers(item) : item))];
  return [name, value];
}

const encodedMembers = (value: Elements): Elements => Object.fromEntries(Object.entries(value).map(encodedMember));

/** A listing with its keys percent-encoded: what `encoding-type=url` asks for. Any other answer stays as it is. */
export function withUrlEncoding(answer: Elements): Elements {
  const { ListBucketResult: listing } = answer;
  return isElements(listing) ? { ListBucketResult: { ...encodedMembers(listing), EncodingType: 'url' } } : answer;
}
