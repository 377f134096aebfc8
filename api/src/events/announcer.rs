//! Reads each new round once, and posts it.

use std::sync::Arc;

use model::{Database, Error, Listener, listener::Heard, round};
use tracing::{info, warn};

use super::{board::Board, event::Event};

/// 64 rounds in one question: a thousand measurements or two.
const PAGE: u64 = 64;

/// 60 rounds from before the start: of ten regions, the last six minutes.
const LATELY: i64 = 60;

/// Posts rounds for ever. While the database is away it waits; then it goes on where it was.
pub(super) async fn announce(database: Database, board: Arc<Board>) {
    let mut listener = Listener::at(&database);
    let (mut heard, mut away) = (Heard::Word, false);
    loop {
        match look(&database, &board).await {
            Ok(found) => {
                if away {
                    info!("Announces rounds again");
                }
                if found && heard == Heard::Nothing {
                    listener.distrust();
                }
                away = false;
            }
            Err(error) => {
                if !away {
                    warn!(cause = ?error, "Cannot announce rounds for now");
                }
                away = true;
            }
        }
        heard = listener.wait().await;
    }
}

/// Posts what is new. Answers whether anything was.
async fn look(database: &Database, board: &Board) -> Result<bool, Error> {
    let newest = round::newest(database).await?;
    let Some(mut position) = board.position() else {
        // So that clients who come back after a restart of ours need not ask the database.
        let lately = round::since(database, (newest - LATELY).max(0), PAGE).await?;
        let newest = lately.last().map_or(newest, |round| round.sequence);
        board.go_on_after(lately.into_iter().map(Event::of).collect(), newest);
        return Ok(false);
    };
    if newest < position {
        warn!(newest, position, "The numbers of rounds began anew");
        board.go_on_after(Vec::new(), newest);
        return Ok(true);
    }
    let found = position < newest;
    while position < newest {
        let rounds = round::since(database, position, PAGE).await?;
        let Some(last) = rounds.last() else {
            // Retention was faster than we.
            board.go_on_after(Vec::new(), newest);
            break;
        };
        position = last.sequence;
        rounds.into_iter().map(Event::of).for_each(|event| board.post(event));
    }
    Ok(found)
}
