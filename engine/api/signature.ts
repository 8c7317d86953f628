import { timingSafeEqual } from 'node:crypto';
import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import {
  InvalidSignatureException,
  MissingAuthenticationTokenException,
  UnrecognizedClientException,
} from '../errors.ts';
import type { AccessKey } from '../settings.ts';

/** The name that every Voice ID client signs for. */
const SERVICE = 'voiceid';
/** How far a request's time may be off, milliseconds. */
const SKEW_MS = 5 * 60 * 1000;
/** Where a client says what its body is, before the body. */
const BODY_HASH = 'x-amz-content-sha256';

/** An HTTP request without its body. */
export interface RequestHead {
  method: string;
  /** As on the wire, percent-encoded, without query. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
}

/** A signature that may be right: of a key of ours, for us, of now. */
export interface Claim {
  key: AccessKey;
  region: string;
  /** Epoch milliseconds. */
  signedAt: number;
  signedHeaders: readonly string[];
  signature: string;
  /** SHA-256 of the body, hexadecimal, where the client says it beforehand. */
  bodyHash?: string | undefined;
}

const FORM =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([a-z0-9;.-]+),\s*Signature=([0-9a-f]{64})$/;

function readAuthorization(header: string | undefined) {
  const match = header === undefined ? null : FORM.exec(header);
  const [, accessKeyId, date, region, service, signedHeaders, signature] = match ?? [];
  if (!(accessKeyId && date && region && service && signedHeaders && signature)) {
    throw new MissingAuthenticationTokenException(
      'Found no signature in the Authorization header, expected AWS Signature Version 4: sign the request.',
    );
  }
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** `20260520T120000Z` → epoch milliseconds; NaN for anything else. */
function parseAmzDate(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function invalid(why: string): never {
  throw new InvalidSignatureException(why);
}

/**
 * What can be told of a signature by a request's head alone: its form, its key id, what it is for, and when it was made.
 * @throws MissingAuthenticationTokenException, UnrecognizedClientException, InvalidSignatureException
 */
export function readClaim(head: RequestHead, accessKeys: readonly AccessKey[], region: string, now: Date): Claim {
  const authorization = readAuthorization(head.headers.get('authorization'));
  const { accessKeyId, signedHeaders, signature } = authorization;
  const key = accessKeys.find((candidate) => candidate.accessKeyId === accessKeyId);
  if (key === undefined) throw new UnrecognizedClientException('The access key id is not one of this engine.');
  if (authorization.service !== SERVICE) {
    invalid(`Credential should be scoped to the service ${SERVICE}, found ${authorization.service}.`);
  }
  if (authorization.region !== region) {
    invalid(`Credential should be scoped to the region ${region}, found ${authorization.region}.`);
  }
  const amzDate = head.headers.get('x-amz-date') ?? '';
  const signedAt = parseAmzDate(amzDate);
  if (Number.isNaN(signedAt)) invalid('Found no X-Amz-Date, expected the time of signing.');
  if (Math.abs(now.getTime() - signedAt) > SKEW_MS) {
    invalid(`The signature was made at ${amzDate}, more than 5 minutes from this engine's time: check the clock.`);
  }
  if (!amzDate.startsWith(authorization.date)) invalid("The credential's date is not that of X-Amz-Date.");
  for (const needed of ['host', 'x-amz-date', 'x-amz-target']) {
    if (head.headers.has(needed) && !signedHeaders.includes(needed)) invalid(`The header ${needed} is not signed.`);
  }
  const bodyHash = head.headers.get(BODY_HASH);
  if (bodyHash !== undefined && !/^[0-9a-f]{64}$/.test(bodyHash))
    invalid('Found no hash in X-Amz-Content-Sha256, expected the SHA-256 of the body, hexadecimal.');
  return { key, region, signedAt, signedHeaders, signature, bodyHash };
}

function decodedPath(path: string): string {
  try {
    return decodeURI(path);
  } catch (cause) {
    throw new InvalidSignatureException('Found a path that is not percent-encoded right.', { cause });
  }
}

/**
 * Verifies AWS Signature Version 4 by signing the request again with our own secret: every client signs as it always
 * did. The only place that decides who gets in.
 * @param bodyHash of the body that came, or that `claim` names and that the body is yet to be held against.
 * @throws InvalidSignatureException
 */
export async function verifySignature(head: RequestHead, claim: Claim, bodyHash: string): Promise<void> {
  const { region, signedHeaders } = claim;
  const signer = new SignatureV4({
    service: SERVICE,
    region,
    credentials: claim.key,
    sha256: Hash.bind(null, 'sha256'),
    uriEscapePath: true,
    applyChecksum: false,
  });
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(head.query.keys())) query[name] = head.query.getAll(name);
  const signed = await signer.sign(
    {
      method: head.method,
      protocol: 'http:',
      hostname: '',
      path: decodedPath(head.path),
      query,
      // The signer takes the body's hash from this header, and hashes nothing itself.
      headers: {
        ...Object.fromEntries(signedHeaders.map((name) => [name, head.headers.get(name) ?? ''])),
        [BODY_HASH]: bodyHash,
      },
    },
    {
      signingDate: new Date(claim.signedAt),
      signableHeaders: new Set(signedHeaders),
      unsignableHeaders: new Set([BODY_HASH]),
    },
  );
  const expected = FORM.exec(signed.headers.authorization ?? signed.headers.Authorization ?? '')?.[6] ?? '';
  const same =
    expected.length === claim.signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature));
  if (!same) invalid('The signature does not match: check the secret access key and how the request was signed.');
}
