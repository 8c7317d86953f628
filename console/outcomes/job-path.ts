import { at } from '../layout/page.tsx';

/** A job, by its ids. */
export interface JobIds {
  domainId: string;
  jobId: string;
}

/** A job's page, or a part of it. The domain is named: an upload may go into another one than the console's. */
export const jobPath = ({ domainId, jobId }: JobIds, part = '') =>
  at(`runs/job/${domainId}/${jobId}${part && `/${part}`}`);
