//! Taking over the history of the system that this one replaces: its table
//! `cloud_monitor.metrics`, a row for each probe of each minute, read in the order of time,
//! folded minute by minute, and written batch by batch.
//!
//! | module | subject |
//! | --- | --- |
//! | `source` | the other database: what it has, and its rows in the order of time |
//! | `row` | what a row means, and what may be wrong with it |
//! | `folding` | rows of one minute made into measurements |
//! | `pace` | how far it is, how fast, and how long it will take |
//! | `report` | what became of every row |
//! | [`sample`] | a made-up source, for benchmarks and demonstrations |

use futures_util::TryStreamExt;
use model::{
    Database, DatabaseUrl, current_status, demo,
    import::{self, Batch},
};
use tokio::sync::mpsc;

mod error;
mod folding;
mod pace;
mod report;
mod row;
pub mod sample;
mod source;

pub use error::Error;
pub use report::{Report, Survey};
pub use row::{BadRow, Flaw};

use folding::Folding;
use pace::Pace;
use source::{EARLIEST, Source};

/// What is taken over, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source.
    pub from: DatabaseUrl,
    /// Whether a malformed row is counted, listed and skipped, instead of ending the import.
    pub skip_bad: bool,
    /// Whether everything is read and nothing written.
    pub dry_run: bool,
    /// Whether to read everything again, instead of what an earlier import has not read.
    pub again: bool,
}

/// Takes over what the source has and an earlier import has not read. Shows on standard error how
/// it goes.
///
/// Killed in the middle, it goes on where it was when it is run again. Needs as much memory as
/// two batches of 20,000 rows, however long the history is.
///
/// # Errors
/// [`Error`]; what was taken over until then stays, and is not read again.
pub async fn run(database: &Database, options: &Options) -> Result<Report, Error> {
    let pending = crate::pending(database).await?;
    if !pending.is_empty() {
        return Err(Error::Pending(pending.join(", ")));
    }
    if demo::is_one(database).await? {
        return Err(Error::Demo);
    }
    let before = beginning(database, options).await?;
    let mut source = Source::open(&options.from).await?;
    let survey = source.survey(before.next_slot).await?;
    let mut bad = BadRows { skip: options.skip_bad, shown: 0 };
    for row in source.with_unusable_times().await? {
        bad.meet(row)?;
    }
    pace::announce(&survey, source.sorts().await?)?;
    let after = take_over(database, options, Taking { source, bad, before: &before }).await?;
    if !options.dry_run {
        pace::say("working out since when each service stands as it does")?;
        current_status::settle(database).await?;
    }
    Report::of(survey, &before, after)
}

/// How far an earlier import came, or the start of a new one.
async fn beginning(database: &Database, options: &Options) -> Result<import::Model, Error> {
    let source = options.from.to_string();
    let known = import::progress(database, &source).await?;
    if let Some(known) = known.filter(|_| !options.again) {
        return Ok(known);
    }
    let new = import::Model::new(source, EARLIEST);
    if !options.dry_run {
        import::begin(database, &new).await?;
    }
    Ok(new)
}

/// What is read from where.
struct Taking<'a> {
    source: Source,
    bad: BadRows,
    before: &'a import::Model,
}

/// Reads and writes at the same time: the source goes on while the batch before is written.
async fn take_over(
    database: &Database,
    options: &Options,
    taking: Taking<'_>,
) -> Result<import::Model, Error> {
    let Taking { mut source, mut bad, before } = taking;
    let (to_write, batches) = mpsc::channel(1);
    let pace = Pace::starting(source.wanted(), before.read());
    let writing = write(database, options, before, Batches { batches, pace });
    let reading = read(&mut source, &mut bad, to_write);
    // A writer that fails lets the reader go, whose own error would only say that.
    let (read, written) = tokio::join!(reading, writing);
    let written = written?;
    read?;
    Ok(written)
}

/// Reads the source to its end, and sends what it makes batch by batch.
async fn read(
    source: &mut Source,
    bad: &mut BadRows,
    to_write: mpsc::Sender<Batch>,
) -> Result<(), Error> {
    let until = source.until();
    let mut folding = Folding::default();
    let mut rows = source.rows();
    while let Some(row) = rows.try_next().await? {
        let (time, judged) = row::read(&row)?;
        let full = folding.go_on_to(time);
        if let Some(batch) = full
            && to_write.send(batch).await.is_err()
        {
            return Ok(());
        }
        match judged {
            Ok(judged) => folding.add(&judged),
            Err(row) => {
                bad.meet(row)?;
                folding.skip();
            }
        }
    }
    // Nobody listens only when the writer has failed, and says so itself.
    let _heard = to_write.send(folding.finish(until)).await;
    Ok(())
}

/// The batches that come, and the pace to show.
struct Batches {
    batches: mpsc::Receiver<Batch>,
    pace: Pace,
}

async fn write(
    database: &Database,
    options: &Options,
    before: &import::Model,
    from: Batches,
) -> Result<import::Model, Error> {
    let Batches { mut batches, mut pace } = from;
    let mut progress = before.clone();
    while let Some(batch) = batches.recv().await {
        progress = match options.dry_run {
            true => import::compare(database, &progress, &batch).await?,
            false => import::take(database, &progress, &batch).await?,
        };
        pace.show(progress.read())?;
    }
    Ok(progress)
}

/// What is done about rows that mean nothing.
struct BadRows {
    skip: bool,
    shown: usize,
}

/// 100: whoever has more malformed rows than that looks at them with a query.
const MOST_SHOWN: usize = 100;

impl BadRows {
    /// Lists the row and goes on, or ends the import.
    fn meet(&mut self, row: BadRow) -> Result<(), Error> {
        if !self.skip {
            return Err(Error::Bad(row));
        }
        self.shown += 1;
        match self.shown {
            1..=MOST_SHOWN => pace::say(&format!("skipping {row}"))?,
            shown if shown == MOST_SHOWN + 1 => pace::say("skipping more rows, not listed")?,
            _ => {}
        }
        Ok(())
    }
}
