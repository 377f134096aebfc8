//! What each step of each probe needs, and how: what the rule knows of a probe beside what it saw.

/// A probe, as the rule knows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its name in paths and rows: `voting_game`.
    pub name: &'static str,
    /// What it exercises.
    pub subject: Subject,
    /// Its steps, in order.
    pub steps: &'static [Step],
}

/// What a probe exercises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One of our applications, by its name. Its steps are evidence about the services they need.
    Application(&'static str),
    /// A service by itself, called directly.
    Service {
        /// The service's name.
        name: &'static str,
        /// A service without regions is judged once a slot for all of them.
        global: bool,
    },
    /// What does not depend on the cloud that is judged: it tells whether it is us.
    Control,
}

impl Subject {
    /// The name of the application or service.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Application(name) | Self::Service { name, .. } => Some(name),
            Self::Control => None,
        }
    }
}

/// One timed exchange inside a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name within the probe: `get_topic`.
    pub name: &'static str,
    /// The services that it cannot do without.
    pub needs: &'static [Need],
}

/// A service that a step cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The service's name.
    pub service: &'static str,
    /// What it is needed for.
    pub how: Use,
}

impl Need {
    /// The need for `service`, of this kind.
    pub const fn of(service: &'static str, how: Use) -> Self {
        Self { service, how }
    }
}

/// What a step needs a service for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The control plane: descriptions and settings of what runs elsewhere.
    Control,
    /// Reading data.
    Read,
    /// Writing data.
    Write,
    /// What comes out later than it went in: delivery of a message.
    Asynchronous,
    /// Running our code. What the code does is ours.
    Run,
    /// The machine under our program. Whatever the program answers proves that the machine lives.
    Host,
    /// What answers in front of our code or file: a 5xx is its own.
    Front,
}

/// Every probe, in the order in which they are shown.
pub static PROBES: &[&Probe] =
    &[&VOTING_GAME, &SHADES, &QUOTES, &BEACON, &SQS, &DYNAMODB, &EC2, &LAMBDA, &IAM, &S3, &CONTROL];

/// The voting game, over its public API.
pub static VOTING_GAME: Probe = Probe {
    name: "voting_game",
    subject: Subject::Application("SQS + EC2 Voting Game"),
    steps: &[
        step("get_topic", &[Need::of("EC2", Use::Host), Need::of("DynamoDB", Use::Read)]),
        step("post_vote", &[Need::of("EC2", Use::Host), Need::of("SQS", Use::Write)]),
        step(
            "read_vote",
            &[
                Need::of("EC2", Use::Host),
                Need::of("SQS", Use::Asynchronous),
                Need::of("DynamoDB", Use::Write),
            ],
        ),
    ],
};

/// The shade generator through its gateway.
pub static SHADES: Probe = Probe {
    name: "shades",
    subject: Subject::Application("Lambda Random Shade Generator"),
    steps: &[step(
        "get_shade",
        &[Need::of("API Gateway", Use::Front), Need::of("Lambda", Use::Run)],
    )],
};

/// The quote generator, on an instance.
pub static QUOTES: Probe = Probe {
    name: "quotes",
    subject: Subject::Application("EC2 Bezos Quote Generator"),
    steps: &[step("get_quote", &[Need::of("EC2", Use::Host)])],
};

/// The beacon file, as anybody reads it.
pub static BEACON: Probe = Probe {
    name: "beacon",
    subject: Subject::Application("S3 File Serving"),
    steps: &[step("get_file", &[Need::of("S3", Use::Front)])],
};

/// SQS by itself.
pub static SQS: Probe = Probe {
    name: "sqs",
    subject: Subject::Service { name: "SQS", global: false },
    steps: &[
        step("get_queue", &[Need::of("SQS", Use::Read)]),
        step("send_message", &[Need::of("SQS", Use::Write)]),
        step("receive_message", &[Need::of("SQS", Use::Asynchronous)]),
        step("delete_message", &[Need::of("SQS", Use::Write)]),
    ],
};

/// DynamoDB by itself.
pub static DYNAMODB: Probe = Probe {
    name: "dynamodb",
    subject: Subject::Service { name: "DynamoDB", global: false },
    steps: &[
        step("put_item", &[Need::of("DynamoDB", Use::Write)]),
        step("get_item", &[Need::of("DynamoDB", Use::Read)]),
        step("delete_item", &[Need::of("DynamoDB", Use::Write)]),
    ],
};

/// EC2's control plane.
pub static EC2: Probe = Probe {
    name: "ec2",
    subject: Subject::Service { name: "EC2", global: false },
    steps: &[
        step("describe_instances", &[Need::of("EC2", Use::Control)]),
        step("describe_instance_status", &[Need::of("EC2", Use::Control)]),
    ],
};

/// Lambda, invoked without a gateway.
pub static LAMBDA: Probe = Probe {
    name: "lambda",
    subject: Subject::Service { name: "Lambda", global: false },
    steps: &[step("invoke", &[Need::of("Lambda", Use::Run)])],
};

/// IAM, a global service.
pub static IAM: Probe = Probe {
    name: "iam",
    subject: Subject::Service { name: "IAM", global: true },
    steps: &[step("get_access_key_last_used", &[Need::of("IAM", Use::Control)])],
};

/// S3 by itself.
pub static S3: Probe = Probe {
    name: "s3",
    subject: Subject::Service { name: "S3", global: false },
    steps: &[
        step("put_object", &[Need::of("S3", Use::Write)]),
        step("get_object", &[Need::of("S3", Use::Read)]),
        step("delete_object", &[Need::of("S3", Use::Write)]),
    ],
};

/// Addresses that do not depend on the cloud, and our own clock.
pub static CONTROL: Probe = Probe {
    name: "control",
    subject: Subject::Control,
    steps: &[step("reach_1", &[]), step("reach_2", &[]), step("reach_3", &[]), step(CLOCK, &[])],
};

/// The step that compares our clock with those of everybody who answered.
pub const CLOCK: &str = "clock";

const fn step(name: &'static str, needs: &'static [Need]) -> Step {
    Step { name, needs }
}
