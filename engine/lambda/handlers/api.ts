import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { createRouter } from '../../api/router.ts';
import { readLambdaSettings, schemas } from '../settings.ts';
import { startNextJob } from '../start-next-job.ts';
import { renewed, stepFunctions, wire } from '../wire.ts';

const settings = readLambdaSettings(schemas.api, process.env);

/** Starts that the call under way asked for: a Lambda's work ends with its answer, so they are waited for. */
let starts: Promise<void>[] = [];

const engine = renewed(async () => {
  const deps = await wire(settings, process.env, undefined, (kind, domainId) => {
    const { JOB_STATE_MACHINE_ARN: stateMachineArn } = settings;
    starts.push(startNextJob(kind, domainId, { store: deps.store, stepFunctions, stateMachineArn }));
  });
  return { deps, answer: createRouter(deps) };
});

const app = new Hono();
app.all('*', async (context) => {
  const { deps, answer } = await engine();
  starts = [];
  const response = await answer(context.req.raw);
  const started = await Promise.allSettled(starts);
  if (started.every(({ status }) => status === 'fulfilled')) return response;
  // The job is on the queue. Asked again with the same token, the engine finds it and starts it.
  deps.logger.error('A job was not started');
  return Response.json(
    { __type: 'InternalServerException', Message: 'The job could not be started: try again.' },
    { status: 500, headers: { 'content-type': 'application/x-amz-json-1.0' } },
  );
});

/** The Voice ID API behind API Gateway. */
export const handler = handle(app);
