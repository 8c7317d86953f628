/**
 * The page that listens: a file can be dropped on it, and is played beside its waveform. It stays in this page alone: what
 * the player has is gone with it.
 */
export function watchEars(root: Document): void {
  const form = root.querySelector<HTMLFormElement>('form[data-ears]');
  const file = form?.querySelector<HTMLInputElement>('input[type="file"]');
  const named = form?.querySelector<HTMLInputElement>('input[name="recording"]');
  const drop = form?.querySelector<HTMLElement>('[data-ears-drop]');
  if (!form || !file || !named || !drop) return;

  let playing: string | undefined;
  /** Of what was just looked at: the file that was chosen, or what the server gives out of a bucket. */
  const sound = async (): Promise<Blob | undefined> => {
    const [chosen] = file.files ?? [];
    if (chosen !== undefined) return chosen;
    const body = new URLSearchParams({ recording: named.value });
    const answer = await fetch(`${form.action}/sound`, { method: 'POST', body });
    // Who may not read it sees it all the same: the engine may.
    return answer.ok ? answer.blob() : undefined;
  };
  const play = async () => {
    const place = root.querySelector('[data-player]');
    if (place === null) return;
    const blob = await sound();
    if (blob === undefined || !place.isConnected) return;
    if (playing !== undefined) URL.revokeObjectURL(playing);
    playing = URL.createObjectURL(blob);
    const player = new Audio(playing);
    player.controls = true;
    player.setAttribute('aria-label', 'The recording');
    place.replaceChildren(player);
    follow(root, player);
  };

  file.addEventListener('change', () => {
    const [chosen] = file.files ?? [];
    const tooLarge = chosen !== undefined && chosen.size > Number(file.dataset.most);
    file.setCustomValidity(
      tooLarge ? 'It is larger than 20 MB. Put it into a bucket, and name it by its s3:// URI.' : '',
    );
    // One of the two is meant.
    if (chosen !== undefined) named.value = '';
  });
  named.addEventListener('input', () => {
    if (named.value === '') return;
    file.value = '';
    file.setCustomValidity('');
  });
  for (const name of ['dragenter', 'dragover']) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
  }
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (!event.dataTransfer?.files.length) return;
    file.files = event.dataTransfer.files;
    file.dispatchEvent(new Event('change'));
    form.requestSubmit();
  });
  root.addEventListener('swapped', () => void play());
  void play();
}

/** A line over the waveform is where the player is, and a click there takes the player along. */
function follow(root: Document, player: HTMLAudioElement): void {
  const waveform = root.querySelector<SVGSVGElement>('svg.waveform');
  const line = waveform?.querySelector<SVGLineElement>('.playhead');
  if (!waveform || !line) return;
  const show = () => {
    const share = `${(100 * player.currentTime) / (player.duration || 1)}%`;
    line.setAttribute('x1', share);
    line.setAttribute('x2', share);
    line.setAttribute('visibility', 'visible');
    if (!player.paused) requestAnimationFrame(show);
  };
  player.onplay = show;
  player.onseeked = show;
  waveform.onclick = ({ clientX }) => {
    if (!player.duration) return;
    const { left, width } = waveform.getBoundingClientRect();
    player.currentTime = (player.duration * (clientX - left)) / width;
  };
}
