import { KinesisVideoClient } from '@aws-sdk/client-kinesis-video';
import { KinesisVideoMediaClient } from '@aws-sdk/client-kinesis-video-media';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { correlate, instrument, logger } from '../../functions/enrollment/instrument.ts';
import { s3Client } from '../../functions/enrollment/s3-client.ts';
import { readSettings } from '../../functions/enrollment/settings.ts';
import { voiceIdClient } from '../../functions/enrollment/voice-id-client.ts';
import { isFlowEvent } from '../call/flow-event.ts';
import { engineEndpoint } from '../call/session.ts';
import { schemas } from '../call/settings.ts';
import { beginListening, enrollFromCall, goOnListening, type Task, taskSchema } from './listen-to-call.ts';

const settings = readSettings(schemas.listenToCall, process.env);
const voiceId = voiceIdClient(settings.VOICE_ID_CREDENTIALS_SECRET_ARN);
const lambda = new LambdaClient({});
const streams = {
  kinesisVideo: new KinesisVideoClient({}),
  mediaAt: (endpoint: string) => new KinesisVideoMediaClient({ endpoint }),
  idleMs: settings.CALL_IDLE_SECONDS * 1000,
  pauseMs: 1000,
};
const deps = {
  sessions: { endpoint: engineEndpoint(process.env), domainId: settings.VOICE_ID_DOMAIN_ID, voiceId },
  streams,
  chunkSeconds: 2,
  s3: s3Client(process.env),
  voiceId,
  domainId: settings.VOICE_ID_DOMAIN_ID,
  recordingsBucket: settings.RECORDINGS_BUCKET,
  manifestsBucket: settings.MANIFESTS_BUCKET,
  manifestPrefix: settings.MANIFEST_PREFIX,
  logger,
};

/** Invoked by a flow, it invokes itself and answers; invoked by itself, it listens, or keeps a call that has ended. */
export const handler = instrument(async (event, context) => {
  const invokeAgain = async (task: Task): Promise<void> => {
    const Payload = JSON.stringify(task);
    await lambda.send(new InvokeCommand({ FunctionName: context.functionName, InvocationType: 'Event', Payload }));
  };
  if (isFlowEvent(event)) return beginListening(event, { invokeAgain });
  const task = taskSchema.parse(event);
  correlate('listen' in task ? task.listen.contactId : task.keep.contactId);
  if ('listen' in task) {
    return goOnListening(task.listen, context.getRemainingTimeInMillis(), { ...deps, invokeAgain });
  }
  return enrollFromCall(task.keep, deps);
});
