import { render } from 'preact'
import '../style/watch.css'
import { readViewer } from './viewer.ts'
import { WatchPage } from './watch-page.tsx'

void readViewer()

render(<WatchPage />, document.getElementById('page')!)
