import type { Operation } from '../operation.ts';
import type { OperationName } from '../shapes.ts';
import { createDomain, deleteDomain, describeDomain, listDomains, updateDomain } from './domains.ts';
import { evaluateSession } from './evaluate-session.ts';
import {
  associateFraudster,
  deleteFraudster,
  describeFraudster,
  disassociateFraudster,
  listFraudsters,
} from './fraudsters.ts';
import {
  describeFraudsterRegistrationJob,
  describeSpeakerEnrollmentJob,
  listFraudsterRegistrationJobs,
  listSpeakerEnrollmentJobs,
  startFraudsterRegistrationJob,
  startSpeakerEnrollmentJob,
} from './jobs.ts';
import { deleteSpeaker, describeSpeaker, listSpeakers, optOutSpeaker } from './speakers.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';
import { createWatchlist, deleteWatchlist, describeWatchlist, listWatchlists, updateWatchlist } from './watchlists.ts';

/** All 29 operations of the service model. */
export const operations: { [Name in OperationName]: Operation<Name> } = {
  AssociateFraudster: associateFraudster,
  CreateDomain: createDomain,
  CreateWatchlist: createWatchlist,
  DeleteDomain: deleteDomain,
  DeleteFraudster: deleteFraudster,
  DeleteSpeaker: deleteSpeaker,
  DeleteWatchlist: deleteWatchlist,
  DescribeDomain: describeDomain,
  DescribeFraudster: describeFraudster,
  DescribeFraudsterRegistrationJob: describeFraudsterRegistrationJob,
  DescribeSpeaker: describeSpeaker,
  DescribeSpeakerEnrollmentJob: describeSpeakerEnrollmentJob,
  DescribeWatchlist: describeWatchlist,
  DisassociateFraudster: disassociateFraudster,
  EvaluateSession: evaluateSession,
  ListDomains: listDomains,
  ListFraudsterRegistrationJobs: listFraudsterRegistrationJobs,
  ListFraudsters: listFraudsters,
  ListSpeakerEnrollmentJobs: listSpeakerEnrollmentJobs,
  ListSpeakers: listSpeakers,
  ListTagsForResource: listTagsForResource,
  ListWatchlists: listWatchlists,
  OptOutSpeaker: optOutSpeaker,
  StartFraudsterRegistrationJob: startFraudsterRegistrationJob,
  StartSpeakerEnrollmentJob: startSpeakerEnrollmentJob,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateDomain: updateDomain,
  UpdateWatchlist: updateWatchlist,
};
