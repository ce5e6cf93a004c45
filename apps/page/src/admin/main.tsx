import { render } from 'preact'
import '../style/admin.css'

render(<p>KPTV</p>, document.getElementById('page')!)
