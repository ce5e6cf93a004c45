import { render } from 'preact'
import '../style/watch.css'
import { WatchPage } from './watch-page.tsx'

render(<WatchPage />, document.getElementById('page')!)
