import {
  AssociateFraudsterCommand,
  CreateDomainCommand,
  CreateWatchlistCommand,
  DeleteDomainCommand,
  DeleteFraudsterCommand,
  DeleteSpeakerCommand,
  DeleteWatchlistCommand,
  DescribeDomainCommand,
  DescribeFraudsterCommand,
  DescribeFraudsterRegistrationJobCommand,
  DescribeSpeakerCommand,
  DescribeSpeakerEnrollmentJobCommand,
  DescribeWatchlistCommand,
  DisassociateFraudsterCommand,
  EvaluateSessionCommand,
  ListDomainsCommand,
  ListFraudsterRegistrationJobsCommand,
  ListFraudstersCommand,
  ListSpeakerEnrollmentJobsCommand,
  ListSpeakersCommand,
  ListTagsForResourceCommand,
  ListWatchlistsCommand,
  OptOutSpeakerCommand,
  paginateListSpeakers,
  StartFraudsterRegistrationJobCommand,
  StartSpeakerEnrollmentJobCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDomainCommand,
  UpdateWatchlistCommand,
} from '@aws-sdk/client-voice-id';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROLE, startTestEngine, type TestEngine } from '../harness.ts';

const ENCRYPTION = { ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/test' } };
const UNKNOWN = 'A'.repeat(22);
const UNKNOWN_GENERATED = `id#${UNKNOWN}`;

let engine: TestEngine;
let DomainId: string;

beforeEach(async () => {
  engine = await startTestEngine();
  const { Domain } = await engine.client.send(new CreateDomainCommand({ Name: 'calls', ...ENCRYPTION }));
  DomainId = Domain?.DomainId ?? '';
});

afterEach(() => engine.stop());

const job = () => ({
  DomainId,
  DataAccessRoleArn: ROLE,
  InputDataConfig: { S3Uri: 's3://manifests/monday.json' },
  OutputDataConfig: { S3Uri: 's3://results/monday' },
});

describe('domains', () => {
  it('are created with a default watchlist, described, updated and listed', async () => {
    const { Domain } = await engine.client.send(new DescribeDomainCommand({ DomainId }));
    expect(Domain).toMatchObject({
      Name: 'calls',
      DomainStatus: 'ACTIVE',
      Arn: `arn:aws:voiceid:us-east-1:123456789012:domain/${DomainId}`,
      ...ENCRYPTION,
    });
    expect(Domain?.CreatedAt).toBeInstanceOf(Date);
    const WatchlistId = Domain?.WatchlistDetails?.DefaultWatchlistId ?? '';
    const { Watchlist } = await engine.client.send(new DescribeWatchlistCommand({ DomainId, WatchlistId }));
    expect(Watchlist?.DefaultWatchlist).toBe(true);

    const change = { DomainId, Name: 'renamed', ServerSideEncryptionConfiguration: { KmsKeyId: 'alias/other' } };
    const updated = await engine.client.send(new UpdateDomainCommand(change));
    expect(updated.Domain).toMatchObject({
      Name: 'renamed',
      ServerSideEncryptionUpdateDetails: { OldKmsKeyId: 'alias/test' },
    });
    const { DomainSummaries } = await engine.client.send(new ListDomainsCommand({}));
    expect(DomainSummaries?.map((domain) => domain.Name)).toEqual(['renamed']);
  });

  it('are three at most', async () => {
    for (const Name of ['two', 'three']) await engine.client.send(new CreateDomainCommand({ Name, ...ENCRYPTION }));
    const fourth = engine.client.send(new CreateDomainCommand({ Name: 'four', ...ENCRYPTION }));
    await expect(fourth).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
    const { DomainSummaries } = await engine.client.send(new ListDomainsCommand({}));
    expect(DomainSummaries).toHaveLength(3);
  });

  it('are deleted with everything in them', async () => {
    await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: 'someone' }));
    await engine.client.send(new DeleteDomainCommand({ DomainId }));
    const gone = { name: 'ResourceNotFoundException', ResourceType: 'DOMAIN' };
    await expect(engine.client.send(new DescribeDomainCommand({ DomainId }))).rejects.toMatchObject(gone);
    await expect(engine.client.send(new ListSpeakersCommand({ DomainId }))).rejects.toMatchObject(gone);
  });
});

describe('client tokens', () => {
  const request = { Name: 'again', ClientToken: 'token-1', ...ENCRYPTION };

  it('give the same answer to the same request, after a restart too', async () => {
    const first = await engine.client.send(new CreateDomainCommand(request));
    await engine.restart();
    const second = await engine.client.send(new CreateDomainCommand(request));
    expect(second.Domain).toEqual(first.Domain);
    const { DomainSummaries } = await engine.client.send(new ListDomainsCommand({}));
    expect(DomainSummaries).toHaveLength(2);
  });

  it('refuse another request', async () => {
    await engine.client.send(new CreateDomainCommand(request));
    const other = engine.client.send(new CreateDomainCommand({ ...request, Name: 'other' }));
    await expect(other).rejects.toMatchObject({ name: 'ConflictException' });
    const { DomainSummaries } = await engine.client.send(new ListDomainsCommand({}));
    expect(DomainSummaries?.map((domain) => domain.Name).sort()).toEqual(['again', 'calls']);
  });

  it('give one job to concurrent starts', async () => {
    const start = { ...job(), ClientToken: 'one-job' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => engine.client.send(new StartSpeakerEnrollmentJobCommand(start))),
    );
    expect(new Set(answers.map(({ Job }) => Job?.JobId)).size).toBe(1);
  });
});

describe('speakers', () => {
  it('are opted out where they were never seen, found by either id, and deleted', async () => {
    const { Speaker } = await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: 'someone' }));
    expect(Speaker).toMatchObject({ CustomerSpeakerId: 'someone', Status: 'OPTED_OUT' });
    const SpeakerId = Speaker?.GeneratedSpeakerId ?? '';
    expect(SpeakerId).toMatch(/^id#[a-zA-Z0-9]{22}$/);
    const found = await engine.client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId }));
    expect(found.Speaker).toEqual(Speaker);
    await engine.client.send(new DeleteSpeakerCommand({ DomainId, SpeakerId: 'someone' }));
    const gone = { name: 'ResourceNotFoundException', ResourceType: 'SPEAKER' };
    await expect(engine.client.send(new DescribeSpeakerCommand({ DomainId, SpeakerId }))).rejects.toMatchObject(gone);
    await expect(engine.client.send(new DeleteSpeakerCommand({ DomainId, SpeakerId }))).rejects.toMatchObject(gone);
  });

  it('are told of by their generated ids alone', async () => {
    await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: 'someone' }));
    expect(engine.events.map((event) => event.detailType)).toContain('VoiceId Speaker Action');
    expect(JSON.stringify(engine.events)).not.toContain('someone');
  });

  it('are listed page by page without gap or repeat, whoever comes meanwhile', async () => {
    const ids = Array.from({ length: 28 }, (_, i) => `speaker-${i}`);
    for (const SpeakerId of ids) await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId }));
    const pages: string[][] = [];
    for await (const page of paginateListSpeakers({ client: engine.client, pageSize: 7 }, { DomainId })) {
      pages.push((page.SpeakerSummaries ?? []).map((speaker) => speaker.CustomerSpeakerId ?? ''));
    }
    expect(pages.map((page) => page.length)).toEqual([7, 7, 7, 7]);
    expect(pages.flat().sort()).toEqual([...ids].sort());

    const first = await engine.client.send(new ListSpeakersCommand({ DomainId, MaxResults: 20 }));
    for (let i = 0; i < 10; i++)
      await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId: `late-${i}` }));
    const seen = (first.SpeakerSummaries ?? []).map((speaker) => speaker.CustomerSpeakerId ?? '');
    const { NextToken } = first;
    const rest = await engine.client.send(new ListSpeakersCommand({ DomainId, MaxResults: 100, NextToken }));
    const all = [...seen, ...(rest.SpeakerSummaries ?? []).map((speaker) => speaker.CustomerSpeakerId ?? '')];
    expect(new Set(all).size).toBe(all.length);
    expect(ids.filter((id) => !all.includes(id))).toEqual([]);
  });

  it('refuse a page token of another making, of another list, and one that was changed', async () => {
    for (const SpeakerId of ['one', 'two']) await engine.client.send(new OptOutSpeakerCommand({ DomainId, SpeakerId }));
    const { NextToken = '' } = await engine.client.send(new ListSpeakersCommand({ DomainId, MaxResults: 1 }));
    const changed = `${NextToken.startsWith('A') ? 'B' : 'A'}${NextToken.slice(1)}`;
    const forged = ['made-up', Buffer.from('v1:x').toString('base64url'), changed, '!', 'x'.repeat(8192)];
    for (const token of [...forged, NextToken]) {
      const input = { DomainId, NextToken: token };
      const lists = [
        engine.client.send(new ListDomainsCommand({ NextToken: token })),
        engine.client.send(new ListWatchlistsCommand(input)),
        engine.client.send(new ListFraudstersCommand(input)),
        engine.client.send(new ListSpeakerEnrollmentJobsCommand(input)),
        engine.client.send(new ListFraudsterRegistrationJobsCommand(input)),
        ...(token === NextToken ? [] : [engine.client.send(new ListSpeakersCommand(input))]),
      ];
      const answers = await Promise.allSettled(lists);
      const names = answers.map((answer) => (answer.status === 'rejected' ? answer.reason.name : 'taken'));
      expect(new Set(names)).toEqual(new Set(['ValidationException']));
    }
  });
});

describe('watchlists', () => {
  it('are created up to the quota, updated, listed and deleted', async () => {
    const { Watchlist } = await engine.client.send(new CreateWatchlistCommand({ DomainId, Name: 'second' }));
    const WatchlistId = Watchlist?.WatchlistId ?? '';
    await engine.client.send(new CreateWatchlistCommand({ DomainId, Name: 'third' }));
    const fourth = engine.client.send(new CreateWatchlistCommand({ DomainId, Name: 'fourth' }));
    await expect(fourth).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
    await engine.client.send(new UpdateWatchlistCommand({ DomainId, WatchlistId, Name: 'renamed' }));
    const { WatchlistSummaries } = await engine.client.send(new ListWatchlistsCommand({ DomainId }));
    expect(WatchlistSummaries?.map((one) => one.Name).sort()).toEqual(['default', 'renamed', 'third']);
    await engine.client.send(new DeleteWatchlistCommand({ DomainId, WatchlistId }));
    const describe = engine.client.send(new DescribeWatchlistCommand({ DomainId, WatchlistId }));
    await expect(describe).rejects.toMatchObject({ name: 'ResourceNotFoundException', ResourceType: 'WATCHLIST' });
  });

  it('keep the default one from change', async () => {
    const { Domain } = await engine.client.send(new DescribeDomainCommand({ DomainId }));
    const WatchlistId = Domain?.WatchlistDetails?.DefaultWatchlistId;
    const refused = { name: 'ValidationException' };
    await expect(engine.client.send(new DeleteWatchlistCommand({ DomainId, WatchlistId }))).rejects.toMatchObject(
      refused,
    );
    const rename = new UpdateWatchlistCommand({ DomainId, WatchlistId, Name: 'mine' });
    await expect(engine.client.send(rename)).rejects.toMatchObject(refused);
    const { Watchlist } = await engine.client.send(new DescribeWatchlistCommand({ DomainId, WatchlistId }));
    expect(Watchlist?.Name).toBe('default');
  });
});

describe('tags', () => {
  it('are put on a domain, taken off and listed', async () => {
    const ResourceArn = `arn:aws:voiceid:us-east-1:123456789012:domain/${DomainId}`;
    await engine.client.send(
      new TagResourceCommand({
        ResourceArn,
        Tags: [
          { Key: 'team', Value: 'calls' },
          { Key: 'stage', Value: 'test' },
        ],
      }),
    );
    await engine.client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['stage'] }));
    const { Tags } = await engine.client.send(new ListTagsForResourceCommand({ ResourceArn }));
    expect(Tags).toEqual([{ Key: 'team', Value: 'calls' }]);
  });
});

describe('what is not there', () => {
  const inDomain = () => ({ DomainId });
  const watchlist = () => ({ ...inDomain(), WatchlistId: UNKNOWN });
  const fraudster = () => ({ ...inDomain(), FraudsterId: UNKNOWN_GENERATED });
  it.each([
    ['SPEAKER', () => new DescribeSpeakerCommand({ ...inDomain(), SpeakerId: 'nobody' })],
    ['SPEAKER', () => new OptOutSpeakerCommand({ ...inDomain(), SpeakerId: UNKNOWN_GENERATED })],
    ['FRAUDSTER', () => new DescribeFraudsterCommand(fraudster())],
    ['FRAUDSTER', () => new DeleteFraudsterCommand(fraudster())],
    ['WATCHLIST', () => new AssociateFraudsterCommand({ ...fraudster(), WatchlistId: UNKNOWN })],
    ['WATCHLIST', () => new DisassociateFraudsterCommand({ ...fraudster(), WatchlistId: UNKNOWN })],
    ['WATCHLIST', () => new DescribeWatchlistCommand(watchlist())],
    ['WATCHLIST', () => new ListFraudstersCommand(watchlist())],
    ['BATCH_JOB', () => new DescribeSpeakerEnrollmentJobCommand({ ...inDomain(), JobId: UNKNOWN })],
    ['BATCH_JOB', () => new DescribeFraudsterRegistrationJobCommand({ ...inDomain(), JobId: UNKNOWN })],
    ['SESSION', () => new EvaluateSessionCommand({ ...inDomain(), SessionNameOrId: 'nobody' })],
    ['DOMAIN', () => new StartSpeakerEnrollmentJobCommand({ ...job(), DomainId: UNKNOWN })],
    ['DOMAIN', () => new StartFraudsterRegistrationJobCommand({ ...job(), DomainId: UNKNOWN })],
  ])('is a ResourceNotFoundException of the type %s', async (ResourceType, command) => {
    const sent = engine.client.send(command() as DescribeSpeakerCommand);
    await expect(sent).rejects.toMatchObject({ name: 'ResourceNotFoundException', ResourceType });
  });
});

describe('jobs', () => {
  it('have every member of their request, and fail where their manifest can not be read', async () => {
    const { Domain } = await engine.client.send(new DescribeDomainCommand({ DomainId }));
    const given = {
      ...job(),
      JobName: 'monday-1',
      OutputDataConfig: { S3Uri: 's3://results/monday', KmsKeyId: 'alias/out' },
      EnrollmentConfig: {
        ExistingEnrollmentAction: 'OVERWRITE',
        FraudDetectionConfig: {
          FraudDetectionAction: 'IGNORE',
          RiskThreshold: 35,
          WatchlistIds: [Domain?.WatchlistDetails?.DefaultWatchlistId ?? ''],
        },
      },
    } as const;
    const { Job } = await engine.client.send(
      new StartSpeakerEnrollmentJobCommand({
        ...given,
        EnrollmentConfig: {
          ...given.EnrollmentConfig,
          FraudDetectionConfig: {
            ...given.EnrollmentConfig.FraudDetectionConfig,
            WatchlistIds: [...given.EnrollmentConfig.FraudDetectionConfig.WatchlistIds],
          },
        },
      }),
    );
    expect(Job).toMatchObject({ ...given, JobStatus: 'SUBMITTED', JobProgress: { PercentComplete: 0 } });
    const { JobSummaries } = await engine.client.send(new ListSpeakerEnrollmentJobsCommand({ DomainId }));
    expect(JobSummaries?.map((summary) => summary.JobId)).toEqual([Job?.JobId]);
    const submitted = engine.events.find((event) => event.detailType === 'VoiceId Batch Speaker Enrollment Action');
    expect(submitted?.detail).toMatchObject({
      batchJobId: Job?.JobId,
      status: 'SUBMITTED',
      data: { enrollmentConfig: { fraudDetectionConfig: { riskThreshold: 35 } } },
    });
    expect(JSON.stringify(engine.events)).not.toContain('monday-1');
  });

  it('of fraudsters are listed apart from those of speakers', async () => {
    await engine.client.send(new StartFraudsterRegistrationJobCommand(job()));
    const fraudsters = await engine.client.send(new ListFraudsterRegistrationJobsCommand({ DomainId }));
    expect(fraudsters.JobSummaries).toHaveLength(1);
    const speakers = await engine.client.send(new ListSpeakerEnrollmentJobsCommand({ DomainId }));
    expect(speakers.JobSummaries).toEqual([]);
  });
});

describe('quotas and rates', () => {
  it('refuse a job beyond the queue, and calls beyond the rate', async () => {
    const strict = await startTestEngine({
      quotas: { domains: 3, watchlistsPerDomain: 3, queuedJobs: 0, fraudstersPerWatchlist: 500 },
      rates: { listSpeakers: 2 },
    });
    try {
      const { Domain } = await strict.client.send(new CreateDomainCommand({ Name: 'strict', ...ENCRYPTION }));
      const start = { ...job(), DomainId: Domain?.DomainId };
      await strict.client.send(new StartSpeakerEnrollmentJobCommand(start));
      const second = strict.client.send(new StartSpeakerEnrollmentJobCommand(start));
      await expect(second).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });

      const list = () => strict.client.send(new ListSpeakersCommand({ DomainId: Domain?.DomainId }));
      await list();
      await list();
      await expect(list()).rejects.toMatchObject({ name: 'ThrottlingException' });
      strict.clock.now += 1000;
      await list();
    } finally {
      await strict.stop();
    }
  });
});
