import * as z from 'zod';
import { createDomain } from '../api/operations/domains.ts';
import type { EngineDeps } from '../deps.ts';

const answerSchema = z.object({ Domain: z.object({ DomainId: z.string() }) });

/** Creates a domain; asked again for the same request, gives the same. @returns its id. */
export async function makeDomain(
  { Name, KmsKeyId, requestId }: { Name: string; KmsKeyId: string; requestId: string },
  deps: EngineDeps,
): Promise<string> {
  const answer = await createDomain(
    { Name, ServerSideEncryptionConfiguration: { KmsKeyId }, ClientToken: requestId },
    deps,
  );
  return answerSchema.parse(answer).Domain.DomainId;
}
