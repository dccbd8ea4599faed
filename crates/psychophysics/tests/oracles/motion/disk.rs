//! A disk of Rotating Snakes by a closed form for each place, and operations without motion: no drawing code of ours
//! is asked.
//!
//! Twelve rings with radii R · 0.8ʲ, white outside and inside them; on each 20 units of 9° black and 9° white,
//! neighbors turned by half a unit; on every border an ellipse of half width 3.2° that touches both edges of the
//! ring. Pixels are means of 4 × 4 places, codes 0 to 1.

use trompe_psychophysics::motion::Plane;
use trompe_psychophysics::motion::remap::blurred;
use trompe_psychophysics::motion::rigidity::Seen;

/// Patterns of the trap table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Color,
    Gray,
    Symmetric,
    AlternatingRings,
}

/// A square picture.
#[derive(Debug, Clone, Copy)]
pub struct Disk {
    pub side: usize,
    pub radius: f64,
    pub kind: Kind,
    pub seen: Seen,
    /// Clockwise, degrees.
    pub turn_deg: f64,
}

impl Disk {
    /// The disk that the tables were made with: radius 80 on 160 × 160, the one that people see turn anticlockwise.
    pub fn of(kind: Kind) -> Self {
        Self { side: 160, radius: 80.0, kind, seen: Seen::Anticlockwise, turn_deg: 0.0 }
    }

    /// The same, smaller.
    pub fn small(side: usize) -> Self {
        Self { side, radius: 0.48 * side as f64, ..Self::of(Kind::Color) }
    }

    pub fn turned(self, turn_deg: f64) -> Self {
        Self { turn_deg: self.turn_deg + turn_deg, ..self }
    }

    pub fn mirrored(self) -> Self {
        Self { seen: Seen::Clockwise, ..self }
    }

    /// Red, green and blue.
    pub fn draw(&self) -> Vec<Plane> {
        const PER_SIDE: usize = 4;
        let mut channels = vec![Vec::new(); 3];
        for pixel in 0..self.side * self.side {
            let mut sum = [0.0; 3];
            for part in 0..PER_SIDE * PER_SIDE {
                let place = |pixel: usize, part: usize| pixel as f64 + (part as f64 + 0.5) / PER_SIDE as f64;
                let x = place(pixel % self.side, part % PER_SIDE);
                let y = place(pixel / self.side, part / PER_SIDE);
                let color = self.at(x - 0.5 * self.side as f64, y - 0.5 * self.side as f64);
                (0..3).for_each(|channel| sum[channel] += color[channel]);
            }
            let mean = |sum: f64| sum / (255 * PER_SIDE * PER_SIDE) as f64;
            channels.iter_mut().zip(sum).for_each(|(channel, sum)| channel.push(mean(sum)));
        }
        let plane = |values| Plane::new(values, [self.side; 2]).expect("finite codes");
        channels.into_iter().map(plane).collect()
    }

    /// Color at a place from the center.
    fn at(&self, x: f64, y: f64) -> [f64; 3] {
        const BLACK: [f64; 3] = [0.0; 3];
        const WHITE: [f64; 3] = [255.0; 3];
        let [blue, yellow] = match self.kind {
            Kind::Color | Kind::AlternatingRings => [[19.0, 121.0, 255.0], [229.0, 229.0, 19.0]],
            Kind::Gray => [[124.0; 3], [203.0; 3]],
            Kind::Symmetric => [[170.0; 3]; 2],
        };
        let r = libm::hypot(x, y);
        let ring = (r / self.radius).ln() / 0.8_f64.ln();
        if !(0.0..12.0).contains(&ring) {
            return WHITE;
        }
        let ring = ring.floor();
        let odd = ring % 2.0 == 1.0;
        let (outer, inner) = (self.radius * 0.8_f64.powf(ring), self.radius * 0.8_f64.powf(ring + 1.0));
        let mut angle = libm::atan2(y, x).to_degrees() - self.turn_deg;
        if self.seen == Seen::Clockwise {
            angle = -angle;
        }
        let angle = match (self.kind, odd) {
            (Kind::AlternatingRings, true) => -angle,
            (_, true) => angle + 9.0,
            (_, false) => angle,
        };
        // From the middle of a blue ellipse: blue, black, yellow, white, blue.
        let unit = angle.rem_euclid(18.0);
        let height = (r - 0.5 * (outer + inner)) / (0.5 * (outer - inner));
        let ellipse = |middle: f64| {
            let along = ((unit - middle + 9.0).rem_euclid(18.0) - 9.0) / 3.2;
            along * along + height * height <= 1.0
        };
        match unit {
            _ if ellipse(0.0) => blue,
            _ if ellipse(9.0) => yellow,
            unit if unit < 9.0 => BLACK,
            _ => WHITE,
        }
    }
}

/// Operations without motion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Still {
    Blur(f64),
    Gamma(f64),
    BlurBlue(f64),
    BlurRedGreen(f64),
    Clip,
    /// ½ + ½ tanh(gain · (code − ½)) / `top`.
    Tanh {
        gain: f64,
        top: f64,
    },
}

impl Still {
    /// The picture after it.
    pub fn of(self, picture: &[Plane]) -> Vec<Plane> {
        let each = |change: &dyn Fn(f64) -> f64| picture.iter().map(|plane| plane.mapped(change).unwrap()).collect();
        let blurred = |sigmas: [f64; 3]| {
            picture.iter().zip(sigmas).map(|(plane, sigma)| blurred(plane, sigma).unwrap()).collect()
        };
        match self {
            Self::Blur(sigma) => blurred([sigma; 3]),
            Self::Gamma(power) => each(&|code| code.powf(power)),
            Self::BlurBlue(sigma) => blurred([0.0, 0.0, sigma]),
            Self::BlurRedGreen(sigma) => blurred([sigma, sigma, 0.0]),
            Self::Clip => each(&|code| code.clamp(20.0 / 255.0, 200.0 / 255.0)),
            Self::Tanh { gain, top } => each(&|code| 0.5 + 0.5 * libm::tanh(gain * (code - 0.5)) / top),
        }
    }
}
