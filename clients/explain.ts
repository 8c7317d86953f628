import { CommandError, UsageError } from './errors.ts';

/** Errors whose message is fit to be shown as it is. */
const OWN = new Set(['StartError', 'ModelError', 'SettingsError']);

const codeOf = (error: Error) => ('code' in error && typeof error.code === 'string' ? error.code : undefined);

/** One sentence for whatever went wrong: what was found, and what to do where that is known. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandError || error instanceof UsageError || OWN.has(error.name)) return error.message;
  const message = error.message.replaceAll(/\s+/g, ' ').trim();
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return 'Nothing answers at the endpoint: start the local cloud (npm start), or name another one with --endpoint-url.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The endpoint's name is not known (${message}): is --endpoint-url or --region misspelt?`;
  }
  if (/region is missing/i.test(message)) {
    return 'No region is set: give --region, or set AWS_REGION, AWS_DEFAULT_REGION or the region of your profile.';
  }
  if (error.name === 'CredentialsProviderError') {
    return `No AWS credentials were found (${message}): log in, or set AWS_PROFILE or an access key.`;
  }
  if ('$metadata' in error || codeOf(error) !== undefined) {
    return message === '' || message === error.name ? `${error.name}.` : `${error.name}: ${message}`;
  }
  return `${error.name}: ${message} (a fault of this program: with VIVAVOCE_TRACE=1 it says where)`;
}
