import { render } from 'preact';
import { Shell } from './shell.tsx';
import { connect } from './state/feed.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('The page has no element for the console.');
connect();
render(<Shell />, root);
