/** What a command is asked about: an occupant's id, or an image. */
import { loadImage, type LoadedImage } from "../images/index.js";
import { OCCUPANTS, occupantNamed, type Occupant } from "../occupants/index.js";
import { suggestion, UsageError } from "./errors.js";

export type Target =
  | { readonly kind: "occupant"; readonly occupant: Occupant }
  | { readonly kind: "image"; readonly image: LoadedImage; readonly name: string };

/** A word that is neither a path nor an image: an occupant's id, or a typo of one. */
const looksLikeOccupant = (target: string): boolean => /^[a-z][a-z0-9-]*$/.test(target);

/** Finds a target. Throws UsageError and ImageError. */
export const targetNamed = async (target: string): Promise<Target> => {
  const occupant = occupantNamed(target);
  if (occupant !== undefined) return { kind: "occupant", occupant };
  let image;
  try {
    image = await loadImage(target, {
      progress: (line: string) => process.stderr.write(`${line}\n`),
    });
  } catch (error) {
    if (
      looksLikeOccupant(target) &&
      error instanceof Error &&
      /no such file|does not exist|ENOENT/i.test(error.message)
    ) {
      throw new UsageError(
        `"${target}" is neither a file nor an occupant${suggestion(
          target,
          OCCUPANTS.map((o) => o.id),
        )}; hyplab list shows the occupants`,
      );
    }
    throw error;
  }
  const name =
    image.source.package === undefined
      ? target
      : `${target} (${image.source.package.name} ${image.source.package.version})`;
  return { kind: "image", image, name };
};
