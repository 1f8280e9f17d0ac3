import { element } from '../../browser/tab/element.ts';

/** The machine's camera in the page's video element. */
export class Camera {
  readonly #video = element<HTMLVideoElement>('video');
  #stream: MediaStream | undefined;

  get isOn(): boolean {
    return this.#stream !== undefined;
  }

  /** @throws Error where there is no camera, or nobody may use it */
  async on(): Promise<void> {
    // Pages that come over plain http from another machine have no such object.
    if (!navigator.mediaDevices) throw new Error('cameras need a page from https:// or from this machine');
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    this.#video.srcObject = this.#stream;
    this.#video.hidden = false;
    await this.#video.play();
  }

  off(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#video.srcObject = null;
    this.#video.hidden = true;
  }

  /** What it sees now. */
  frame(): Promise<ImageBitmap> {
    return createImageBitmap(this.#video);
  }

  /** The same as a file, without loss. */
  async photograph(): Promise<Blob> {
    const frame = await this.frame();
    const canvas = new OffscreenCanvas(frame.width, frame.height);
    canvas.getContext('2d')!.drawImage(frame, 0, 0);
    frame.close();
    return canvas.convertToBlob({ type: 'image/png' });
  }
}
