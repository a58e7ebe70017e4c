/* sim_commands.h - the subcommands of greenwave-sim: each is a main of its own in its own file.
 *
 * A command gets its own name as argv[0] and what follows it, says what is wrong in one sentence on stderr, and
 * returns the exit code.
 */
#pragma once

int sim_run(int argc, char **argv);     /* sim_run.c: one world under its own programs or a method, the score table */
int sim_compare(int argc, char **argv); /* sim_compare.c: several plans or methods, paired seeds, mean difference and interval */
int sim_sweep(int argc, char **argv);   /* sim_sweep.c: one parameter over a range */
int sim_bridge(int argc, char **argv);  /* sim_bridge.c: the owner of the clock in contract 2, the score table */
int sim_cameras(int argc, char **argv); /* sim_cameras.c: the cameras' section of greenwave.yaml */
int sim_film(int argc, char **argv);    /* sim_film.c: one camera as a file, with the truth beside it */
int sim_import(int argc, char **argv);  /* sim_import.c: CityFlow's files as SUMO's */
int sim_optimize(int argc, char **argv); /* sim_optimize.c: plans ahead of time: cycle, splits, offsets and stage order from counts */
int sim_play(int argc, char **argv);    /* sim_play.c: a town in real time: cameras, cabinets, truth */
