/** The part of asl-validator's interface that is used here; the package brings no types. */
declare module 'asl-validator' {
  export default function validate(definition: unknown): {
    isValid: boolean;
    errors: { 'Error code': string; Message: string }[];
    errorsText(): string;
  };
}
