/** The values of options, by their flags. */
export class Values {
  readonly #given: ReadonlyMap<string, string | boolean | readonly string[]>;

  constructor(given: ReadonlyMap<string, string | boolean | readonly string[]>) {
    this.#given = given;
  }

  has(flag: string): boolean {
    const value = this.#given.get(flag);
    return value !== undefined && value !== false;
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
