//! The voting game against real tables and queues.
