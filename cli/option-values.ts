/** What was given for an option: true for a switch, a list for a list option. */
export type OptionValue = string | true | readonly string[];

/** The values of options, by their flags. */
export class Values {
  readonly #given: ReadonlyMap<string, OptionValue>;

  constructor(given: ReadonlyMap<string, OptionValue>) {
    this.#given = given;
  }

  has(flag: string): boolean {
    return this.#given.has(flag);
  }

  /** The value; undefined if the option was not given. */
  text(flag: string): string | undefined {
    const value = this.#given.get(flag);
    return typeof value === 'string' ? value : undefined;
  }

  /** The value of an option that the parser has checked to be a number. */
  number(flag: string): number | undefined {
    const text = this.text(flag);
    return text === undefined ? undefined : Number(text);
  }

  list(flag: string): readonly string[] | undefined {
    const value = this.#given.get(flag);
    return typeof value === 'object' ? value : undefined;
  }
}
