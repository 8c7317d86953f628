import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { makeDomain } from '../make-domain.ts';
import { oncePermitted } from '../once-permitted.ts';
import { readLambdaSettings, schemas } from '../settings.ts';
import { wire } from '../wire.ts';

const settings = readLambdaSettings(schemas.makeDomain, process.env);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
const requestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  RequestId: z.string(),
  StackId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResponseURL: z.string(),
  ResourceProperties: z.object({ Name: z.string(), KmsKeyId: z.string() }),
});

/** The stack's domain, as a custom resource. It outlives the stack, as its voiceprints do. */
export const handler = async (event: unknown): Promise<void> => {
  const request = requestSchema.parse(event);
  const { StackId, RequestId, LogicalResourceId, ResourceProperties } = request;
  const about = { StackId, RequestId, LogicalResourceId };
  let answer: object;
  try {
    const domainId =
      request.RequestType === 'Create'
        ? await oncePermitted(
            async () => makeDomain({ ...ResourceProperties, requestId: RequestId }, await wire(settings, process.env)),
            { sleep, now: Date.now },
          )
        : (request.PhysicalResourceId ?? '');
    answer = { ...about, Status: 'SUCCESS', PhysicalResourceId: domainId, Data: { DomainId: domainId } };
  } catch (error) {
    const Reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    answer = { ...about, Status: 'FAILED', PhysicalResourceId: request.PhysicalResourceId ?? 'none', Reason };
  }
  // As bytes: text would bring a content type, which the presigned URL was not signed for.
  const body = Buffer.from(JSON.stringify(answer));
  const told = await fetch(request.ResponseURL, { method: 'PUT', body });
  if (!told.ok) throw new Error(`CloudFormation took no answer: ${told.status}`);
};
