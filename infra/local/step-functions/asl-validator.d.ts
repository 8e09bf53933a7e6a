// asl-validator 4 brings no types of its own. What is declared here is what this project calls.
declare module 'asl-validator' {
  interface ValidatorError {
    readonly 'Error code': string;
    readonly Message: string;
  }
  /** Writes `QueryLanguage` into every state of the definition it is given: hand it a copy. */
  export default function aslValidator(
    definition: unknown,
    options?: { readonly checkPaths: boolean; readonly checkArn: boolean },
  ): { readonly isValid: boolean; readonly errors: readonly ValidatorError[] };
}
