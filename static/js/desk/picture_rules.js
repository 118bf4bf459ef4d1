// The pictures of a post: which files may become one, and how the API takes and gives them. Pure.

const MOST = 12;
export const TYPES = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"];

/**
 * Why a file is not even sent; "" for one that may be a picture. The server looks closer.
 * @param {{name: string, type: string}} file
 * @param {number} already how many pictures there are
 */
export function unfit(file, already) {
  if (already >= MOST) return `A post has at most ${MOST} pictures.`;
  if (/\.hei[cf]$/i.test(file.name) || /^image\/hei[cf]/.test(file.type)) {
    const how = "export this photo as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible).";
    return `${file.name}: ${how}`;
  }
  if (/\.svg$/i.test(file.name) || file.type === "image/svg+xml") return `${file.name}: export this drawing as PNG.`;
  if (file.type.startsWith("video/")) return `${file.name}: put the video on a video site, and paste its link.`;
  return file.type && !TYPES.includes(file.type) ? `${file.name} is no picture: JPEG, PNG, WebP, AVIF or GIF.` : "";
}

/**
 * The address of a picture for the desk's own eyes: its smallest file.
 * @param {{name?: string, width?: number, widths?: number[]}} picture
 */
export function thumbnail({ name = "", width = 0, widths = [] }) {
  const least = Math.min(...widths, width);
  return least < width ? `/media/${name.replace(/\.webp$/, `-${least}.webp`)}` : `/media/${name}`;
}

/**
 * A picture as the API takes it.
 * @param {{name: string, alt: string, caption?: string | null, credit?: string | null}} picture
 */
export const entry = ({ name, alt, caption, credit }) => ({
  name,
  alt: alt.trim(),
  ...(caption?.trim() && { caption: caption.trim() }),
  ...(credit?.trim() && { credit: credit.trim() }),
});
