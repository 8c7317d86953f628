const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const count = new Intl.NumberFormat();

/** Times in the reader's zone and numbers by the reader's locale, in place of what the server wrote. */
export function localize(root: ParentNode): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    time.textContent = moment.format(new Date(time.dateTime));
  }
  for (const data of root.querySelectorAll<HTMLDataElement>('data[value]')) {
    data.textContent = count.format(Number(data.value));
  }
}
