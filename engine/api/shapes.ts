import { integer, list, oneOf, required, structure, text } from './constraints.ts';

/** The requests of the Voice ID API, member by member as the service model `voice-id/2021-09-27` constrains them. */

const id = text({ min: 22, max: 22, pattern: /^[a-zA-Z0-9]{22}$/ });
const name = text({ min: 1, max: 256, pattern: /^[a-zA-Z0-9][a-zA-Z0-9_-]*$/, sensitive: true });
const description = text({ min: 1, max: 1024, pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-%@]*)$/u, sensitive: true });
const clientToken = text({ min: 1, max: 64, pattern: /^[a-zA-Z0-9-_]+$/ });
const kmsKeyId = text({ min: 1, max: 2048 });
const encryption = structure({ KmsKeyId: required(kmsKeyId) });
const fraudsterId = text({ min: 25, max: 25, pattern: /^id#[a-zA-Z0-9]{22}$/, sensitive: true });
const speakerId = text({
  min: 1,
  max: 256,
  pattern: /^(id#[a-zA-Z0-9]{22}|[a-zA-Z0-9][a-zA-Z0-9_-]*)$/,
  sensitive: true,
});
const resourceArn = text({
  min: 1,
  max: 1011,
  pattern: /^arn:aws(-[^:]+)?:voiceid.+:[0-9]{12}:domain\/[a-zA-Z0-9]{22}$/,
});
const tagKey = text({ min: 1, max: 128, pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u, sensitive: true });
const tagValue = text({ min: 0, max: 256, pattern: /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u, sensitive: true });
const tags = list(structure({ Key: required(tagKey), Value: required(tagValue) }), 0, 200);
const score = integer(0, 100);
const s3Uri = text({ min: 0, max: 1024, pattern: /^s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](\/.*)?$/ });
const roleArn = text({ min: 20, max: 2048, pattern: /^arn:aws(-[^:]+)?:iam::[0-9]{12}:role\/.+$/ });
const jobStatus = oneOf('SUBMITTED', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED');
const nextToken = text({ min: 0, max: 8192, pattern: /^\p{ASCII}{0,8192}$/u });
const paging = { MaxResults: integer(1, 100), NextToken: nextToken };
const watchlistIds = list(id, 1, 1);

const inDomain = { DomainId: required(id) };
const ofSpeaker = structure({ ...inDomain, SpeakerId: required(speakerId) });
const ofFraudster = structure({ ...inDomain, FraudsterId: required(fraudsterId) });
const ofFraudsterOnWatchlist = structure({
  ...inDomain,
  FraudsterId: required(fraudsterId),
  WatchlistId: required(id),
});
const ofWatchlist = structure({ ...inDomain, WatchlistId: required(id) });
const ofJob = structure({ ...inDomain, JobId: required(id) });
const listJobs = structure({ ...inDomain, JobStatus: jobStatus, ...paging });
const startJob = {
  ...inDomain,
  ClientToken: clientToken,
  JobName: name,
  DataAccessRoleArn: required(roleArn),
  InputDataConfig: required(structure({ S3Uri: required(s3Uri) })),
  OutputDataConfig: required(structure({ S3Uri: required(s3Uri), KmsKeyId: kmsKeyId })),
};

export const shapes = {
  AssociateFraudster: ofFraudsterOnWatchlist,
  CreateDomain: structure({
    Name: required(name),
    Description: description,
    ServerSideEncryptionConfiguration: required(encryption),
    ClientToken: clientToken,
    Tags: tags,
  }),
  CreateWatchlist: structure({
    ...inDomain,
    Name: required(name),
    Description: description,
    ClientToken: clientToken,
  }),
  DeleteDomain: structure(inDomain),
  DeleteFraudster: ofFraudster,
  DeleteSpeaker: ofSpeaker,
  DeleteWatchlist: ofWatchlist,
  DescribeDomain: structure(inDomain),
  DescribeFraudster: ofFraudster,
  DescribeFraudsterRegistrationJob: ofJob,
  DescribeSpeaker: ofSpeaker,
  DescribeSpeakerEnrollmentJob: ofJob,
  DescribeWatchlist: ofWatchlist,
  DisassociateFraudster: ofFraudsterOnWatchlist,
  EvaluateSession: structure({
    ...inDomain,
    SessionNameOrId: required(text({ min: 1, max: 36, pattern: /^(id#[a-zA-Z0-9]{22}|[a-zA-Z0-9][a-zA-Z0-9_-]*)$/ })),
  }),
  ListDomains: structure({ MaxResults: integer(1, 10), NextToken: nextToken }),
  ListFraudsterRegistrationJobs: listJobs,
  ListFraudsters: structure({ ...inDomain, WatchlistId: id, ...paging }),
  ListSpeakerEnrollmentJobs: listJobs,
  ListSpeakers: structure({ ...inDomain, ...paging }),
  ListTagsForResource: structure({ ResourceArn: required(resourceArn) }),
  ListWatchlists: structure({ ...inDomain, ...paging }),
  OptOutSpeaker: ofSpeaker,
  StartFraudsterRegistrationJob: structure({
    ...startJob,
    RegistrationConfig: structure({
      DuplicateRegistrationAction: oneOf('SKIP', 'REGISTER_AS_NEW'),
      FraudsterSimilarityThreshold: score,
      WatchlistIds: watchlistIds,
    }),
  }),
  StartSpeakerEnrollmentJob: structure({
    ...startJob,
    EnrollmentConfig: structure({
      ExistingEnrollmentAction: oneOf('SKIP', 'OVERWRITE'),
      FraudDetectionConfig: structure({
        FraudDetectionAction: oneOf('IGNORE', 'FAIL'),
        RiskThreshold: score,
        WatchlistIds: watchlistIds,
      }),
    }),
  }),
  TagResource: structure({ ResourceArn: required(resourceArn), Tags: required(tags) }),
  UntagResource: structure({ ResourceArn: required(resourceArn), TagKeys: required(list(tagKey, 0, 200)) }),
  UpdateDomain: structure({
    ...inDomain,
    Name: required(name),
    Description: description,
    ServerSideEncryptionConfiguration: required(encryption),
  }),
  UpdateWatchlist: structure({ ...inDomain, WatchlistId: required(id), Name: name, Description: description }),
};

export type OperationName = keyof typeof shapes;
