/* Made from infra/events/*.json by infra/events/generate.ts. Change those, and run it again. */

/**
 * Ending: some requests of the job failed.
 */
export interface SpeakerEnrollmentJobCompletedWithErrors {
  version: string;
  /**
   * EventBridge's own id, another one for a repeat.
   */
  id: string;
  'detail-type': 'Speaker Enrollment Job Completed With Errors';
  source: 'vivavoce.enrollment';
  account: string;
  /**
   * When the event was put on the bus.
   */
  time: string;
  region: string;
  resources: string[];
  detail: {
    /**
     * Of this form.
     */
    version: '1';
    /**
     * One upload's, in all its events: tells repeats. Also its ClientToken and its execution's name.
     */
    uploadId: string;
    status: 'COMPLETED_WITH_ERRORS';
    domainId: string;
    /**
     * Of the enrollment job.
     */
    jobId: string;
    /**
     * The uploaded manifest.
     */
    manifest: {
      bucket: string;
      /**
       * As S3 stores it: not URL-encoded.
       */
      key: string;
      /**
       * In a bucket with versions.
       */
      versionId?: string;
      /**
       * Without quotation marks.
       */
      eTag?: string;
    };
    /**
     * Where the results are.
     */
    output: {
      /**
       * The job's output file, where there is one.
       */
      s3Uri?: string;
      /**
       * This event's detail as a file.
       */
      summaryS3Uri?: string;
      /**
       * A manifest of just the requests that failed, to be mended and dropped again.
       */
      retryManifestS3Uri?: string;
    };
    /**
     * Requests by outcome.
     */
    counts?: {
      /**
       * In the manifest.
       */
      requested: number;
      /**
       * New voiceprints.
       */
      enrolled: number;
      /**
       * Voiceprints made anew.
       */
      overwritten: number;
      /**
       * Speakers that were enrolled already.
       */
      skipped: number;
      /**
       * Requests with an error.
       */
      failed: number;
      /**
       * Requests whose voice is also another speaker's: summary.json says which.
       */
      sameVoice: number;
    };
    /**
     * When the job was created.
     */
    createdAt?: string;
    /**
     * When the job or, without one, the upload ended.
     */
    endedAt: string;
    /**
     * Why, where there is one reason for the whole.
     */
    failureDetails?: {
      message: string;
      /**
       * HTTP status code, where a service answered with one.
       */
      statusCode?: number;
    };
    /**
     * The first 20 requests that failed. All of them are in the output file.
     *
     * @maxItems 20
     */
    errors?: {
      /**
       * As in the manifest; cut where it is long, speaker ids taken out.
       */
      requestId: string;
      /**
       * 400, 402, 409, 500 or another: the list is open.
       */
      errorCode: number;
      errorMessage: string;
    }[];
    /**
     * Of the state machine's execution.
     */
    executionArn: string;
  };
}

/**
 * Ending: every request of the job succeeded.
 */
export interface SpeakerEnrollmentJobCompleted {
  version: string;
  /**
   * EventBridge's own id, another one for a repeat.
   */
  id: string;
  'detail-type': 'Speaker Enrollment Job Completed';
  source: 'vivavoce.enrollment';
  account: string;
  /**
   * When the event was put on the bus.
   */
  time: string;
  region: string;
  resources: string[];
  detail: {
    /**
     * Of this form.
     */
    version: '1';
    /**
     * One upload's, in all its events: tells repeats. Also its ClientToken and its execution's name.
     */
    uploadId: string;
    status: 'COMPLETED';
    domainId: string;
    /**
     * Of the enrollment job.
     */
    jobId: string;
    /**
     * The uploaded manifest.
     */
    manifest: {
      bucket: string;
      /**
       * As S3 stores it: not URL-encoded.
       */
      key: string;
      /**
       * In a bucket with versions.
       */
      versionId?: string;
      /**
       * Without quotation marks.
       */
      eTag?: string;
    };
    /**
     * Where the results are.
     */
    output: {
      /**
       * The job's output file, where there is one.
       */
      s3Uri?: string;
      /**
       * This event's detail as a file.
       */
      summaryS3Uri?: string;
    };
    /**
     * Requests by outcome.
     */
    counts?: {
      /**
       * In the manifest.
       */
      requested: number;
      /**
       * New voiceprints.
       */
      enrolled: number;
      /**
       * Voiceprints made anew.
       */
      overwritten: number;
      /**
       * Speakers that were enrolled already.
       */
      skipped: number;
      /**
       * Requests with an error.
       */
      failed: number;
      /**
       * Requests whose voice is also another speaker's: summary.json says which.
       */
      sameVoice: number;
    };
    /**
     * When the job was created.
     */
    createdAt?: string;
    /**
     * When the job or, without one, the upload ended.
     */
    endedAt: string;
    /**
     * Why, where there is one reason for the whole.
     */
    failureDetails?: {
      message: string;
      /**
       * HTTP status code, where a service answered with one.
       */
      statusCode?: number;
    };
    /**
     * Of the state machine's execution.
     */
    executionArn: string;
  };
}

/**
 * Ending: the job failed as a whole, or could not be started.
 */
export interface SpeakerEnrollmentJobFailed {
  version: string;
  /**
   * EventBridge's own id, another one for a repeat.
   */
  id: string;
  'detail-type': 'Speaker Enrollment Job Failed';
  source: 'vivavoce.enrollment';
  account: string;
  /**
   * When the event was put on the bus.
   */
  time: string;
  region: string;
  resources: string[];
  detail: {
    /**
     * Of this form.
     */
    version: '1';
    /**
     * One upload's, in all its events: tells repeats. Also its ClientToken and its execution's name.
     */
    uploadId: string;
    status: 'FAILED';
    domainId: string;
    /**
     * Of the enrollment job.
     */
    jobId?: string;
    /**
     * The uploaded manifest.
     */
    manifest: {
      bucket: string;
      /**
       * As S3 stores it: not URL-encoded.
       */
      key: string;
      /**
       * In a bucket with versions.
       */
      versionId?: string;
      /**
       * Without quotation marks.
       */
      eTag?: string;
    };
    /**
     * Where the results are.
     */
    output: {
      /**
       * The job's output file, where there is one.
       */
      s3Uri?: string;
      /**
       * This event's detail as a file.
       */
      summaryS3Uri?: string;
      /**
       * A manifest of just the requests that failed, to be mended and dropped again.
       */
      retryManifestS3Uri?: string;
    };
    /**
     * Requests by outcome.
     */
    counts?: {
      /**
       * In the manifest.
       */
      requested: number;
      /**
       * New voiceprints.
       */
      enrolled: number;
      /**
       * Voiceprints made anew.
       */
      overwritten: number;
      /**
       * Speakers that were enrolled already.
       */
      skipped: number;
      /**
       * Requests with an error.
       */
      failed: number;
      /**
       * Requests whose voice is also another speaker's: summary.json says which.
       */
      sameVoice: number;
    };
    /**
     * When the job was created.
     */
    createdAt?: string;
    /**
     * When the job or, without one, the upload ended.
     */
    endedAt: string;
    /**
     * Why, where there is one reason for the whole.
     */
    failureDetails: {
      message: string;
      /**
       * HTTP status code, where a service answered with one.
       */
      statusCode?: number;
    };
    /**
     * The first 20 requests that failed. All of them are in the output file.
     *
     * @maxItems 20
     */
    errors?: {
      /**
       * As in the manifest; cut where it is long, speaker ids taken out.
       */
      requestId: string;
      /**
       * 400, 402, 409, 500 or another: the list is open.
       */
      errorCode: number;
      errorMessage: string;
    }[];
    /**
     * Of the state machine's execution.
     */
    executionArn: string;
  };
}

/**
 * An upload's job was started.
 */
export interface SpeakerEnrollmentJobStarted {
  version: string;
  /**
   * EventBridge's own id, another one for a repeat.
   */
  id: string;
  'detail-type': 'Speaker Enrollment Job Started';
  source: 'vivavoce.enrollment';
  account: string;
  /**
   * When the event was put on the bus.
   */
  time: string;
  region: string;
  resources: string[];
  detail: {
    /**
     * Of this form.
     */
    version: '1';
    /**
     * One upload's, in all its events: tells repeats. Also its ClientToken and its execution's name.
     */
    uploadId: string;
    status: 'STARTED';
    domainId: string;
    /**
     * Of the enrollment job.
     */
    jobId: string;
    /**
     * The uploaded manifest.
     */
    manifest: {
      bucket: string;
      /**
       * As S3 stores it: not URL-encoded.
       */
      key: string;
      /**
       * In a bucket with versions.
       */
      versionId?: string;
      /**
       * Without quotation marks.
       */
      eTag?: string;
    };
    /**
     * When the job was created.
     */
    createdAt: string;
    /**
     * Of the state machine's execution.
     */
    executionArn: string;
  };
}

/**
 * Ending: the job had not ended by its deadline. It may still end; no further event tells of it.
 */
export interface SpeakerEnrollmentJobTimedOut {
  version: string;
  /**
   * EventBridge's own id, another one for a repeat.
   */
  id: string;
  'detail-type': 'Speaker Enrollment Job Timed Out';
  source: 'vivavoce.enrollment';
  account: string;
  /**
   * When the event was put on the bus.
   */
  time: string;
  region: string;
  resources: string[];
  detail: {
    /**
     * Of this form.
     */
    version: '1';
    /**
     * One upload's, in all its events: tells repeats. Also its ClientToken and its execution's name.
     */
    uploadId: string;
    status: 'TIMED_OUT';
    domainId: string;
    /**
     * Of the enrollment job.
     */
    jobId: string;
    /**
     * The uploaded manifest.
     */
    manifest: {
      bucket: string;
      /**
       * As S3 stores it: not URL-encoded.
       */
      key: string;
      /**
       * In a bucket with versions.
       */
      versionId?: string;
      /**
       * Without quotation marks.
       */
      eTag?: string;
    };
    /**
     * Where the results are.
     */
    output: {
      /**
       * The job's output file, where there is one.
       */
      s3Uri?: string;
      /**
       * This event's detail as a file.
       */
      summaryS3Uri?: string;
      /**
       * A manifest of just the requests that failed, to be mended and dropped again.
       */
      retryManifestS3Uri?: string;
    };
    /**
     * Requests by outcome.
     */
    counts?: {
      /**
       * In the manifest.
       */
      requested: number;
      /**
       * New voiceprints.
       */
      enrolled: number;
      /**
       * Voiceprints made anew.
       */
      overwritten: number;
      /**
       * Speakers that were enrolled already.
       */
      skipped: number;
      /**
       * Requests with an error.
       */
      failed: number;
      /**
       * Requests whose voice is also another speaker's: summary.json says which.
       */
      sameVoice: number;
    };
    /**
     * When the job was created.
     */
    createdAt?: string;
    /**
     * When the job or, without one, the upload ended.
     */
    endedAt: string;
    /**
     * Why, where there is one reason for the whole.
     */
    failureDetails: {
      message: string;
      /**
       * HTTP status code, where a service answered with one.
       */
      statusCode?: number;
    };
    /**
     * The first 20 requests that failed. All of them are in the output file.
     *
     * @maxItems 20
     */
    errors?: {
      /**
       * As in the manifest; cut where it is long, speaker ids taken out.
       */
      requestId: string;
      /**
       * 400, 402, 409, 500 or another: the list is open.
       */
      errorCode: number;
      errorMessage: string;
    }[];
    /**
     * Of the state machine's execution.
     */
    executionArn: string;
  };
}

/**
 * Ending: the manifest, or the upload's metadata, broke a rule. No job was started.
 */
export interface SpeakerEnrollmentManifestRejected {
  version: string;
  /**
   * EventBridge's own id, another one for a repeat.
   */
  id: string;
  'detail-type': 'Speaker Enrollment Manifest Rejected';
  source: 'vivavoce.enrollment';
  account: string;
  /**
   * When the event was put on the bus.
   */
  time: string;
  region: string;
  resources: string[];
  detail: {
    /**
     * Of this form.
     */
    version: '1';
    /**
     * One upload's, in all its events: tells repeats. Also its ClientToken and its execution's name.
     */
    uploadId: string;
    status: 'REJECTED';
    domainId: string;
    /**
     * The uploaded manifest.
     */
    manifest: {
      bucket: string;
      /**
       * As S3 stores it: not URL-encoded.
       */
      key: string;
      /**
       * In a bucket with versions.
       */
      versionId?: string;
      /**
       * Without quotation marks.
       */
      eTag?: string;
    };
    /**
     * Where the results are.
     */
    output: {
      /**
       * Every problem of a rejected manifest.
       */
      rejectedS3Uri?: string;
    };
    /**
     * When the job or, without one, the upload ended.
     */
    endedAt: string;
    /**
     * All of them.
     */
    problemCount: number;
    /**
     * The first 20 problems. All of them are in the file at output.rejectedS3Uri.
     *
     * @maxItems 20
     */
    problems: {
      /**
       * JSON path in the manifest, such as SpeakerEnrollmentRequests[3].SpeakerId; $ for the file as a whole; x-amz-meta-… for the object's metadata.
       */
      path: string;
      /**
       * What was found and what was expected.
       */
      message: string;
    }[];
    /**
     * Of the state machine's execution.
     */
    executionArn: string;
  };
}
