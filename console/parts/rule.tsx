/** The rule that a field breaks, under the field. */
export function Rule({ text }: { readonly text: string | undefined }) {
  return text === undefined ? null : <p class="rule">{text}</p>;
}
