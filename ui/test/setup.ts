// Supplies what the simulated browser lacks: modal dialogs, canvas, observers and media queries.
import { vi } from 'vitest';

HTMLDialogElement.prototype.showModal = function showModal() {
  this.setAttribute('open', '');
};
HTMLDialogElement.prototype.close = function close() {
  if (!this.hasAttribute('open')) return;
  this.removeAttribute('open');
  this.dispatchEvent(new Event('close'));
};

class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal('ResizeObserver', Observer);
vi.stubGlobal(
  'Path2D',
  class {
    constructor() {
      return new Proxy({}, { get: () => () => undefined });
    }
  },
);

window.matchMedia = (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener() {},
    removeEventListener() {},
    addListener() {},
    removeListener() {},
    dispatchEvent: () => false,
  }) as MediaQueryList;

Element.prototype.scrollIntoView = () => {};
HTMLCanvasElement.prototype.getContext = (() =>
  new Proxy(
    {},
    {
      get: (_target, name) => (name === 'measureText' ? () => ({ width: 10 }) : () => undefined),
      set: () => true,
    },
  )) as unknown as HTMLCanvasElement['getContext'];
