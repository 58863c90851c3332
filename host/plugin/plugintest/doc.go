// Package plugintest builds plugin files for tests: sound ones, and those that
// must be refused or doubted, each for one reason. It does not use package plugin:
// a file that must be refused is not built from what refuses it.
package plugintest
