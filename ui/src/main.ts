// Opens the host, then mounts the window's shell on it.
import './app/language';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import 'uplot/dist/uPlot.min.css';
import './app/tokens.css';
import './app/base.css';
import { mount } from 'svelte';
import App from './app/App.svelte';
import { host, openHost, useHost } from './api/host';

const target = document.getElementById('app');
if (target) {
  useHost(await openHost());
  mount(App, { target });
  // The first callback runs before the frame is painted, the second after it.
  requestAnimationFrame(() => requestAnimationFrame(() => void host().painted()));
}
